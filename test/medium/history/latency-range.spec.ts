/**
 * A device that claims ages which the fleet cannot have: the default range of latencies stays that of the fleet, and answers are made
 * from roll-ups that retention has kept.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import type { FrameRow } from '../../../src/history/frames/frame-row.js';
import { keptFrom } from '../../../src/history/rollups/retention.js';
import { seededRandom } from '../../../src/wire/index.js';
import { generatedRow } from '../../support/devices/generated-frames.js';
import { daysOfFrames, OwnEngine } from '../../support/history/own-engine.js';
import { databaseKinds } from '../../support/service/databases.js';

const START = Date.parse('2026-03-01T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const FRAMES = 2_000;
const LIES = 20;
const KEPT = { frames: undefined, minute: 90, hour: undefined, day: undefined };

/** Frames that came at a time, each claiming to be older than the one before. */
function lies(atMs: number, spanMs: number): FrameRow[] {
  const random = seededRandom(2);
  return Array.from({ length: LIES }, (_, n) => {
    const ageMs = ((n + 1) * spanMs) / LIES;
    return generatedRow(random, FRAMES + n + atMs, 'b', atMs - ageMs, ageMs);
  });
}

describe.each(databaseKinds)('the range of latencies (%s)', (kind) => {
  let own: OwnEngine;
  let engine: HistoryEngine;

  beforeAll(async () => {
    own = await OwnEngine.start(kind, new Date(START + HOUR));
    ({ engine } = own);
    const rows = daysOfFrames(FRAMES, { seed: 3, fromMs: START + HOUR, days: 3 });
    for (let at = 0; at < FRAMES; at += 500) await engine.insert(rows.slice(at, at + 500));
  }, 60_000);
  afterAll(() => own.stop());

  const question = { percentiles: [50], stages: ['total'] as const, isCompared: false };
  const countOf = (buckets: readonly { readonly count: number }[]) =>
    buckets.reduce((sum, { count }) => sum + count, 0);

  it('begins a day before the first enrolment, whatever ages a device claims', async () => {
    const nowMs = START + 4 * DAY;
    await engine.insert(lies(nowMs, 366 * DAY));
    for (const isFolded of [false, true]) {
      while (isFolded && !(await engine.fold()));
      const fleet = await engine.latency({ ...question, bucket: 'auto', nowMs });
      expect(fleet).toMatchObject({ from: '2026-02-28T00:00:00.000Z', bucketMs: HOUR });
      expect(countOf(fleet.buckets)).toBe(FRAMES);
      const liar = await engine.latency({ ...question, bucket: DAY, nowMs, devices: ['b'] });
      expect(liar.from).toBe('2026-02-28T00:00:00.000Z');
      // Who asks for them gets them.
      const all = await engine.latency({ ...question, bucket: DAY, nowMs, fromMs: 0 });
      expect(countOf(all.buckets)).toBe(FRAMES + LIES);
    }
  });

  it('answers by the hour where minutes are gone, whatever ages a device claims afterwards', async () => {
    const nowMs = START + 100 * DAY;
    await engine.sweep(KEPT, nowMs);
    // Minutes from before the first day of the fleet on.
    await engine.insert(lies(nowMs, 110 * DAY));
    while (!(await engine.fold()));
    const range = { fromMs: START + DAY, toMs: START + 2 * DAY, bucket: MINUTE };
    const answer = await engine.latency({ ...question, ...range, nowMs });
    expect(answer.source).toBe('hour');
    const days = await engine.latency({ ...question, ...range, bucket: DAY, nowMs });
    expect(countOf(days.buckets)).toBeGreaterThan(FRAMES / 4);
    expect(countOf(answer.buckets)).toBe(countOf(days.buckets));
  });
});

describe('a level of roll-ups', () => {
  it('is kept from the first whole day on that its setting names', () => {
    const kept = keptFrom({ ...KEPT, hour: 2, frames: 1 }, 1000.5 * DAY);
    expect(kept).toEqual({
      ...{ frames: 999.5 * DAY, minute: 910 * DAY, hour: 998 * DAY },
      traffic: 938 * DAY,
    });
  });
});
