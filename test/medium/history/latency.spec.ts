/** Latencies from roll-ups against latencies from the frames, on both databases: every level, late frames, filters, retention. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import type { FrameRow } from '../../../src/history/frames/frame-row.js';
import { timedStages } from '../../../src/history/frames/stages.js';
import type { LatencyAnswer } from '../../../src/history/latency/latency-answers.js';
import type { LatencyQuestion } from '../../../src/history/latency/latency-question.js';
import { Database } from '../../../src/platform/database/database.js';
import { linkClassOf } from '../../../src/wire/index.js';
import { MODELS } from '../../support/devices/generated-frames.js';
import { daysOfFrames, OwnEngine } from '../../support/history/own-engine.js';
import { databaseKinds } from '../../support/service/databases.js';

const START = Date.parse('2026-03-01T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const FRAMES = 12_000;
const PERCENTILES = [1, 50, 90, 95, 99, 99.9, 100];

const [DEVICE, , STARTED, MODEL, PLAN, OUTCOME, LINK, TOTAL] = [0, 1, 2, 5, 6, 7, 11, 16];
const column = <T>(row: FrameRow, at: number | undefined) => row[at ?? 0] as T;

describe.each(databaseKinds)('latency (%s)', (kind) => {
  const rows = daysOfFrames(FRAMES, { seed: 7, fromMs: START, days: 3 });
  let own: OwnEngine;
  let owner: Database;
  let engine: HistoryEngine;

  beforeAll(async () => {
    own = await OwnEngine.start(kind);
    ({ engine, owner } = own);
    for (let at = 0; at < rows.length; at += 500) {
      await engine.insert(rows.slice(at, at + 500));
      if (at % 1500 === 0) await engine.fold();
    }
  }, 60_000);
  afterAll(() => own.stop());

  const ask = (more: Partial<LatencyQuestion> & { model?: string } = {}): Promise<LatencyAnswer> =>
    engine.latency({
      ...{ bucket: 'all', percentiles: PERCENTILES, stages: timedStages, isCompared: false },
      nowMs: START + 10 * DAY,
      ...more,
    });

  function expectAnswer(answer: LatencyAnswer, isMeant: (row: FrameRow) => boolean): void {
    expect(answer.relativeError).toBeLessThanOrEqual(0.01);
    // Digits of JSON, and of the borders of bins.
    const error = answer.relativeError * (1 + 1e-9) + 1e-12;
    for (const { from, to, count, stages } of answer.buckets) {
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      const inBucket = rows.filter((row) => {
        const at = column<number>(row, STARTED);
        return at >= fromMs && at < toMs && isMeant(row);
      });
      expect(count).toBe(inBucket.length);
      const done = inBucket.filter((row) => column(row, OUTCOME) !== 'failed');
      for (const [at, stage] of timedStages.entries()) {
        const latency = stages[stage];
        if (latency === undefined) continue;
        const values = done
          .map((row) => column<number>(row, (TOTAL ?? 0) + at))
          .sort((x, y) => x - y);
        for (const p of PERCENTILES) {
          const rank = values.findIndex(
            (_, i) => (i + 1) * 1000 >= Math.round(10 * p) * done.length,
          );
          const exact = values[rank] ?? 0;
          const found = latency.measured?.percentilesMs[`p${p}`] ?? 0;
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(error * exact);
        }
        const mean = values.reduce((sum, ms) => sum + ms, 0) / values.length;
        expect(latency.measured?.meanMs ?? 0).toBeCloseTo(mean, 6);
      }
    }
    const total = answer.buckets.reduce((sum, { count }) => sum + count, 0);
    const [fromMs, toMs] = [Date.parse(answer.from), Date.parse(answer.to)];
    const meant = rows.filter((row) => {
      const at = column<number>(row, STARTED);
      return at >= fromMs && at < toMs && isMeant(row);
    });
    expect(total).toBe(meant.length);
  }

  it.each([
    ['minutes', 15 * MINUTE, HOUR, 23 * HOUR, 'minute'],
    ['hours', HOUR, 0, 3 * DAY, 'hour'],
    ['days', DAY, 0, 3 * DAY, 'day'],
    ['one bucket with ragged ends', 'all', 90_500, 2 * DAY + 3 * HOUR + 7 * MINUTE, 'minute'],
  ] as const)(
    'returns percentiles by %s within the stated error',
    async (_, bucket, from, to, source) => {
      const answer = await ask({ devices: ['a'], bucket, fromMs: START + from, toMs: START + to });
      expect(answer.source).toBe(source);
      expect(answer.buckets.length).toBeGreaterThan(0);
      expectAnswer(answer, (row) => column(row, DEVICE) === 'a');
    },
  );

  it('adds devices up for the whole fleet and for some devices', async () => {
    const range = { fromMs: START, toMs: START + 3 * DAY + HOUR };
    expectAnswer(await ask({ ...range, bucket: DAY }), () => true);
    expectAnswer(await ask({ ...range, bucket: 6 * HOUR, devices: ['a', 'b'] }), () => true);
    expectAnswer(await ask({ ...range, planVersion: 2 }), (row) => column(row, PLAN) === 2);
  });

  it('returns exact percentiles of few frames', async () => {
    const range = { fromMs: START + HOUR, toMs: START + 20 * HOUR };
    const answer = await ask({ devices: ['b'], bucket: HOUR, ...range });
    expect(answer).toMatchObject({ source: 'frames', relativeError: 0 });
    expectAnswer(answer, (row) => column(row, DEVICE) === 'b');
  });

  it.each([
    [
      'an outcome',
      { outcome: 'local-plan' },
      (row: FrameRow) => column(row, OUTCOME) === 'local-plan',
    ],
    ['a plan', { planVersion: 1 }, (row: FrameRow) => column(row, PLAN) === 1],
    ['a model', { model: MODELS[1] }, (row: FrameRow) => column(row, MODEL) === MODELS[1]],
    ['a link', { link: '4g' }, (row: FrameRow) => linkClassOf(column(row, LINK)) === '4g'],
  ] as const)('can be asked for %s, from frames as from roll-ups', async (_, filter, isMeant) => {
    const isMeantOfA = (row: FrameRow) => column(row, DEVICE) === 'a' && isMeant(row);
    const rollups = await ask({ devices: ['a', 'b'], bucket: DAY, ...filter });
    expect(rollups.source).toBe('day');
    expectAnswer(rollups, isMeant);
    const range = { fromMs: START + DAY, toMs: START + DAY + 3 * HOUR };
    const exact = await ask({ devices: ['a'], bucket: HOUR, ...range, ...filter });
    expect(exact.source).toBe('frames');
    expectAnswer(exact, isMeantOfA);
  });

  it('chooses round buckets, and widens them when frames are too many', async () => {
    const answer = await ask({
      devices: ['a'],
      bucket: 'auto',
      fromMs: START,
      toMs: START + 3 * DAY,
    });
    expect(answer.bucketMs).toBe(HOUR);
    expect(answer.buckets.length).toBeLessThanOrEqual(120);
    expect((await ask({ bucket: 'auto', fromMs: START, toMs: START + 30_000 })).bucketMs).toBe(
      MINUTE,
    );
  });

  it('shows the difference between measured and predicted', async () => {
    const answer = await ask({ devices: ['a'], isCompared: true, stages: ['total'] });
    const { measured, predicted, difference } = answer.buckets[0]?.stages.total ?? {};
    const p50 = (one: typeof measured) => one?.percentilesMs.p50 ?? Number.NaN;
    expect(predicted?.meanMs).toBeCloseTo(69, 6);
    expect(difference?.percentilesMs.p50).toBeCloseTo(p50(measured) - p50(predicted), 9);
    expect(Object.keys(answer.buckets[0]?.stages ?? {})).toEqual(['total']);
  });

  it('returns an empty list for a device or a range without frames', async () => {
    expect((await ask({ devices: ['c'] })).buckets).toEqual([]);
    expect((await ask({ devices: ['a'], toMs: START - DAY })).buckets).toEqual([]);
    expect((await ask({ fromMs: START + 5 * DAY })).buckets).toEqual([]);
  });

  it('rejects buckets that are too small or too many', async () => {
    const seconds = ask({ bucket: 1000 });
    await expect(seconds).rejects.toThrow(/whole minutes/);
    const buckets = ask({ devices: ['a'], bucket: 100 });
    await expect(buckets).rejects.toThrow(/more than 10000 buckets|more than \d+ frames/);
  });

  it('answers with frames that are not folded yet and leaves the roll-ups unchanged', async () => {
    const stored = async () => {
      const order = [{ levelMs: 'asc' as const }, { startMs: 'asc' as const }];
      const ofFleet = await owner.client.fleetRollup.findMany({ orderBy: order });
      const ofDevices = await owner.client.deviceRollup.findMany({
        orderBy: [{ deviceId: 'asc' }, ...order],
      });
      return [...ofFleet, ...ofDevices].map(({ seq, cells }) => {
        return `${seq} ${Buffer.from(cells).toString('base64')}`;
      });
    };
    const before = await stored();
    // The first row says up to which frame all are folded.
    expect(Number.parseInt(before[0] ?? '', 10)).toBeLessThan(FRAMES);
    expectAnswer(await ask({ bucket: DAY }), () => true);
    expectAnswer(await ask({ bucket: HOUR, devices: ['b'] }), (row) => column(row, DEVICE) === 'b');
    expect((await stored()).join('\n') === before.join('\n')).toBe(true);
  });

  it('counts no frame twice when folding starts again anywhere', async () => {
    const again = new HistoryEngine(Database.onThread(owner.location));
    // As after a kill: the rows are written, how far it came is not.
    await owner.client.fleetRollup.deleteMany({ where: { levelMs: 0 } });
    const question = {
      ...{ bucket: DAY, percentiles: PERCENTILES, stages: timedStages, isCompared: false },
      nowMs: START + 10 * DAY,
    };
    expectAnswer(await again.latency(question), () => true);
    while (!(await again.fold()));
    expectAnswer(await again.latency(question), () => true);
    await again.close();
  });

  it('answers by the hour when frames and minutes are gone, and by the day when hours are gone', async () => {
    const own = new HistoryEngine(Database.onThread(owner.location));
    const kept = { frames: undefined, minute: undefined, hour: undefined, day: undefined };
    const late = START + 100 * DAY;
    while (!(await own.fold()));
    await own.sweep({ ...kept, frames: 10, minute: 90 }, late);
    expect(await owner.client.frame.count()).toBe(0);
    const question = {
      percentiles: PERCENTILES,
      stages: timedStages,
      isCompared: false,
      nowMs: late,
    };
    const hours = await own.latency({
      ...question,
      devices: ['a'],
      bucket: MINUTE,
      toMs: START + DAY,
    });
    expect([hours.source, hours.bucketMs]).toEqual(['hour', HOUR]);
    expectAnswer(hours, (row) => column(row, DEVICE) === 'a');
    await own.sweep({ ...kept, hour: 90 }, late);
    const days = await own.latency({
      ...question,
      bucket: 'all',
      fromMs: START,
      toMs: START + 3 * DAY + 1,
    });
    expect(days.source).toBe('day');
    expectAnswer(days, () => true);
    await own.sweep({ ...kept, day: 90 }, late);
    expect((await own.latency({ ...question, bucket: 'all' })).buckets).toEqual([]);
    await own.close();
  });
});
