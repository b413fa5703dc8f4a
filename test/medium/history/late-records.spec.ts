/**
 * What answers hold does not depend on late records, deleted devices or the moment of a sweep, on both databases. The expected
 * answers come from a plain reading of all frames. FLOTILLA_TEST_LATE_RECORDS is the number of random late records, 100 without it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import type { LatencyQuestion } from '../../../src/history/latency/latency-question.js';
import { Database } from '../../../src/platform/database/database.js';
import { prismaFolder } from '../../../src/platform/database/migrations/migration-list.js';
import { seededRandom } from '../../../src/wire/index.js';
import { generatedRow } from '../../support/devices/generated-frames.js';
import { OwnEngine } from '../../support/history/own-engine.js';
import {
  type Asked,
  type ReadFrame,
  readFrame,
  Sweeps,
  wrongIn,
} from '../../support/history/read-frames.js';
import { databaseKinds } from '../../support/service/databases.js';

const LATE = Number(process.env.FLOTILLA_TEST_LATE_RECORDS ?? 100);
const ADDED = '20261130230000_history_marks';
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const START = Date.parse('2026-03-20T00:00:00Z');
const FOR_EVER = { frames: undefined, minute: undefined, hour: undefined, day: undefined };
/** Frames of ten minutes. */
const TEN_MINUTES = 60;

/** Several pages of roll-ups. */
const MINUTES = 2_000;

const question: Omit<LatencyQuestion, 'nowMs'> = {
  ...{ bucket: 'all', percentiles: [50, 95], stages: ['total'], isCompared: false },
};
const framesOf = (buckets: readonly { readonly count: number }[]) =>
  buckets.reduce((sum, { count }) => sum + count, 0);

describe.each(databaseKinds)('the history (%s)', (kind) => {
  let own: OwnEngine;
  let engine: HistoryEngine;
  beforeEach(async () => {
    own = await OwnEngine.start(kind);
    ({ engine } = own);
  }, 60_000);
  afterEach(() => own.stop());

  const foldAll = async () => {
    while (!(await engine.fold()));
  };
  /** A frame of a device every ten seconds from a time on. */
  const tenMinutes = (device: string, fromMs: number, first = 0) => {
    const random = seededRandom(11);
    return Array.from({ length: TEN_MINUTES }, (_, n) =>
      generatedRow(random, first + n, device, fromMs + 10 * n * SECOND),
    );
  };

  it('shows all frames of a range after a late record in minutes that are gone', async () => {
    const nowMs = START + 90 * DAY + 12 * HOUR;
    await engine.insert(tenMinutes('a', START + 6 * HOUR));
    await engine.insert(tenMinutes('a', START - 4 * HOUR, TEN_MINUTES));
    await foldAll();
    await engine.sweep({ ...FOR_EVER, minute: 90 }, nowMs);
    const ageMs = 90 * DAY + 5 * HOUR;
    for (const [n, startedMs] of [nowMs - ageMs, START - 3 * HOUR].entries()) {
      const late = generatedRow(seededRandom(n), 5000 + n, 'b', startedMs, nowMs - startedMs);
      await engine.insert([late]);
    }
    for (const isFolded of [false, true]) {
      if (isFolded) await foldAll();
      const minutes = { ...question, nowMs, bucket: MINUTE, fromMs: START, toMs: START + DAY };
      expect(framesOf((await engine.latency(minutes)).buckets)).toBe(TEN_MINUTES + 1);
      const both = await engine.latency({ ...minutes, fromMs: START - DAY });
      expect(both.source).toBe('hour');
      expect(framesOf(both.buckets)).toBe(2 * TEN_MINUTES + 2);
    }
  });

  it('keeps the resolution of a device when another device is deleted', async () => {
    await engine.insert(tenMinutes('b', START, TEN_MINUTES));
    await engine.insert(tenMinutes('a', START + HOUR));
    const ask = () =>
      engine.latency({ ...question, devices: ['a'], bucket: 10 * SECOND, nowMs: START + DAY });
    const before = await ask();
    expect(before).toMatchObject({ source: 'frames', bucketMs: 10 * SECOND });
    await own.owner.client.device.delete({ where: { id: 'b' } });
    expect(await ask()).toEqual(before);
  });

  it('keeps the range of the fleet when its first device is deleted', async () => {
    const { client } = own.owner;
    await client.device.updateMany({ where: { id: 'a' }, data: { createdAt: new Date(START) } });
    const later = { createdAt: new Date(START + 50 * DAY) };
    await client.device.updateMany({ where: { id: { not: 'a' } }, data: later });
    await engine.insert(tenMinutes('a', START));
    await engine.insert(tenMinutes('b', START + 50 * DAY, TEN_MINUTES));
    await foldAll();
    const ask = () => engine.latency({ ...question, nowMs: START + 51 * DAY });
    const before = await ask();
    expect(framesOf(before.buckets)).toBe(2 * TEN_MINUTES);
    await client.device.delete({ where: { id: 'a' } });
    expect(await ask()).toEqual(before);
  });

  it('answers whole while a sweep removes what it reads', async () => {
    const random = seededRandom(5);
    const rows = Array.from({ length: MINUTES }, (_, n) =>
      generatedRow(random, n, 'a', START + n * MINUTE),
    );
    await engine.insert(rows);
    await foldAll();
    const nowMs = START + 100 * DAY;
    const range = { bucket: MINUTE, fromMs: START, toMs: START + 2 * DAY };
    const reading = engine.latency({ ...question, ...range, nowMs });
    await engine.sweep({ ...FOR_EVER, minute: 90 }, nowMs);
    const { buckets, source } = await reading;
    expect([framesOf(buckets), source]).toEqual([MINUTES, 'hour']);
  });

  it('stores nothing of a late record in a level that does not cover its time', async () => {
    const nowMs = START + 100 * DAY;
    await engine.sweep({ ...FOR_EVER, minute: 10, hour: 50 }, nowMs);
    const ages = [5, 20, 60, 70].map((days) => days * DAY);
    const rows = ages.map((ageMs, n) =>
      generatedRow(seededRandom(n), n, 'a', nowMs - ageMs, ageMs),
    );
    await engine.insert(rows);
    await foldAll();
    const { client } = own.owner;
    const counts = async () =>
      Promise.all(
        [MINUTE, HOUR, DAY].map(async (levelMs) => [
          await client.deviceRollup.count({ where: { levelMs } }),
          await client.fleetRollup.count({ where: { levelMs } }),
        ]),
      );
    expect(await counts()).toEqual([
      [1, 1],
      [2, 2],
      [4, 4],
    ]);
    // The bytes of a day older than 62 days are not summed up either.
    expect(await client.deviceTraffic.count()).toBe(3);
  });

  it('covers new frames again when a clock that was wrong is set back', async () => {
    await engine.sweep({ ...FOR_EVER, minute: 90 }, START + 70 * 366 * DAY);
    await engine.sweep({ ...FOR_EVER, minute: 90 }, START);
    await engine.insert(tenMinutes('a', START + DAY));
    await foldAll();
    const range = { bucket: MINUTE, fromMs: START + DAY, nowMs: START + 2 * DAY };
    const answer = await engine.latency({ ...question, ...range });
    expect(answer.source).toBe('minute');
    expect(framesOf(answer.buckets)).toBe(TEN_MINUTES);
  });

  it('measures the marks of a database of an earlier version', async () => {
    const { client } = own.owner;
    const fromMs = START + 6 * HOUR;
    await engine.insert(tenMinutes('a', fromMs));
    await engine.insert(tenMinutes('a', fromMs + 10 * DAY, TEN_MINUTES));
    await foldAll();
    // As an earlier version left it: minutes are gone, late frames made some again, and no mark says so.
    await client.fleetRollup.deleteMany({
      where: { levelMs: MINUTE, startMs: { lt: START + DAY } },
    });
    await engine.insert([generatedRow(seededRandom(1), 9000, 'b', fromMs + HOUR / 2, 20 * DAY)]);
    await foldAll();
    const file = join(prismaFolder(), kind, 'migrations', ADDED, 'migration.sql');
    const fill = (await readFile(file, 'utf8')).match(/INSERT INTO[^;]*;/g) ?? [];
    expect(fill).toHaveLength(2);
    for (const statement of fill) await client.$executeRawUnsafe(statement);
    expect(await client.historyMark.count({ where: { fromMs: null } })).toBe(3);
    const ask = (from: number) =>
      engine.latency({ ...question, bucket: MINUTE, fromMs: from, nowMs: START + 20 * DAY });
    const all = await ask(START);
    expect([all.source, framesOf(all.buckets)]).toEqual(['hour', 2 * TEN_MINUTES + 1]);
    const later = await ask(START + 5 * DAY);
    expect([later.source, framesOf(later.buckets)]).toEqual(['minute', TEN_MINUTES]);
    const marks = await client.historyMark.findMany({ orderBy: { part: 'asc' } });
    expect(marks.map(({ part, fromMs: ms }) => [part, Number(ms)])).toEqual([
      ['day', 0],
      ['fleet', 0],
      ['frames', 0],
      ['hour', 0],
      ['minute', START + DAY],
    ]);
  });

  it('answers as a reading of all frames does, through late records, deletions and sweeps', async () => {
    const days = { frames: 20, minute: 12, hour: 45, day: 130 };
    const random = seededRandom(20_261_130);
    const below = (limit: number) => Math.floor(random() * limit);
    const one = <T>(...of: readonly T[]): T => of[below(of.length)] as T;
    const sweeps = new Sweeps(days);
    const ofFleet: ReadFrame[] = [];
    let stored: ReadFrame[] = [];
    let devices = ['a', 'b', 'c'];
    let nowMs = START + 200 * DAY;
    let frames = 0;
    let asked = 0;

    const add = async (count: number, ageOf: () => number) => {
      const rows = Array.from({ length: count }, () => {
        const ageMs = ageOf();
        frames += 1;
        return generatedRow(random, frames, devices[below(2)] ?? 'a', nowMs - ageMs, ageMs);
      });
      await engine.insert(rows);
      const read = rows.map(readFrame);
      ofFleet.push(...read);
      stored.push(...read);
    };
    const draw = (): Asked => {
      const ids = one(undefined, undefined, devices.slice(0, 1), devices.slice(1, 2), devices);
      const fromMs = nowMs - below(one(1, 15, 50, 140, 200) * DAY);
      const toMs = one(nowMs + 1, fromMs + 1 + below(nowMs - fromMs));
      const timeZone = one('Europe/Berlin', 'Asia/Kolkata');
      const width = one<number | 'all'>(MINUTE, 5 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 'all');
      const range = { ...(ids !== undefined && { devices: ids }), fromMs, toMs };
      if (random() < 0.3) return { ...range, timeZone, bucket: DAY };
      return { ...range, bucket: ids?.length === 1 ? one(width, 10 * SECOND) : width };
    };
    const ask = async (more: Asked) => engine.latency({ ...question, ...more, nowMs });
    const framesFor = ({ devices: ids }: Asked) =>
      ids === undefined ? ofFleet : stored.filter(({ device }) => ids.includes(device));
    const expectRight = (answer: Awaited<ReturnType<typeof ask>>, more: Asked, at = [sweeps]) => {
      asked += 1;
      const wrong = at.map((one) => wrongIn(answer, more, framesFor(more), one));
      if (!wrong.includes(undefined)) {
        expect.fail(`${wrong.join('; ')}: ${JSON.stringify({ ...more, source: answer.source })}`);
      }
    };

    await add(600, () => below(200 * DAY));
    for (let late = 0; late < LATE; ) {
      const draws = [draw(), draw(), draw()];
      const turn = random();
      if (turn < 0.5) {
        const count = 1 + below(20);
        late += count;
        await add(count, () => below(one(1, 15, 50, 140, 200) * DAY));
      } else if (turn < 0.7) {
        await engine.fold();
      } else if (turn < 0.9) {
        nowMs += below(3 * DAY);
        const before = sweeps.copy();
        sweeps.at(nowMs);
        const [during] = draws;
        const sweeping = engine.sweep(days, nowMs);
        if (during !== undefined) expectRight(await ask(during), during, [before, sweeps]);
        await sweeping;
      } else {
        const [id = ''] = devices;
        await foldAll();
        await own.owner.client.device.delete({ where: { id } });
        stored = stored.filter(({ device }) => device !== id);
        // A device of the same name later is another one.
        devices = [...devices.slice(1), id];
        await own.owner.client.device.create({
          data: { id, name: id, secretHash: '-', createdAt: new Date(0) },
        });
      }
      for (const more of draws) expectRight(await ask(more), more);
    }
    expect(asked).toBeGreaterThan(LATE / 10);
  }, 120_000);

  it('counts local days of 23 and 25 hours, from minutes, hours and days', async () => {
    const from = Date.parse('2026-03-28T23:00:00Z');
    const rows = Array.from({ length: 96 }, (_, n) =>
      generatedRow(seededRandom(n), n, 'a', from + (n * HOUR) / 2),
    );
    await engine.insert(rows);
    const ask = (nowMs: number, timeZone: string) =>
      engine.latency({ ...question, bucket: DAY, timeZone, fromMs: from, nowMs });
    const counts = async (nowMs: number, zone: string) => {
      const { source, buckets } = await ask(nowMs, zone);
      return [source, ...buckets.map((one) => `${one.from.slice(5, 16)} ${one.count}`)];
    };
    const soon = from + 3 * DAY;
    // The clocks of Berlin are set forward on March 29: 46 halves of an hour.
    expect(await counts(soon, 'Europe/Berlin')).toEqual([
      ...['hour', '03-28T23:00 46', '03-29T22:00 48', '03-30T22:00 2'],
    ]);
    expect(await counts(soon, 'Asia/Kolkata')).toEqual([
      ...['minute', '03-28T18:30 39', '03-29T18:30 48', '03-30T18:30 9'],
    ]);
    const engineLater = new HistoryEngine(Database.onThread(own.owner.location));
    await foldAll();
    const later = from + 100 * DAY;
    await engineLater.sweep({ ...FOR_EVER, minute: 90 }, later);
    expect((await counts(later, 'Europe/Berlin')).slice(0, 2)).toEqual(['hour', '03-28T23:00 46']);
    // Where only hours are left, a border at half past is taken at the next hour.
    expect((await counts(later, 'Asia/Kolkata')).slice(0, 2)).toEqual(['hour', '03-28T19:00 40']);
    await engineLater.sweep({ ...FOR_EVER, hour: 90 }, later);
    expect((await counts(later, 'Europe/Berlin')).slice(0, 2)).toEqual(['day', '03-28T00:00 2']);
    await engineLater.close();
  });
});
