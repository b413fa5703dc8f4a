/** What devices sent by days against the frames themselves, on both databases: unfolded, folded twice, and removed frames. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import { Database } from '../../../src/platform/database/database.js';
import { daysOfFrames, OwnEngine } from '../../support/history/own-engine.js';
import { databaseKinds } from '../../support/service/databases.js';

const START = Date.parse('2026-02-27T00:00:00Z');
const MONTH = Date.parse('2026-03-01T00:00:00Z');
const DAY = 86_400_000;
const FRAMES = 3000;
const [DEVICE, STARTED, SENT] = [0, 2, 13];

describe.each(databaseKinds)('what devices sent (%s)', (kind) => {
  const rows = daysOfFrames(FRAMES, { seed: 11, fromMs: START, days: 4 });
  let own: OwnEngine;
  let owner: Database;
  let engine: HistoryEngine;

  beforeAll(async () => {
    own = await OwnEngine.start(kind);
    ({ engine, owner } = own);
    await engine.insert(rows.slice(0, 1000));
    await engine.insert(rows.slice(1000, 1500));
  }, 60_000);
  afterAll(() => own.stop());

  /** Summed up from the rows themselves. */
  function expected(count: number, bytesFromMs: number, framesFromMs: number) {
    const found = new Map<string, object>();
    for (const device of ['a', 'b']) {
      const own = rows.slice(0, count).filter((row) => row[DEVICE] === device);
      const since = (ms: number) => own.filter((row) => Number(row[STARTED]) >= ms);
      const starts = since(framesFromMs).map((row) => Number(row[STARTED]));
      const sentBytes = since(bytesFromMs).reduce((sum, row) => sum + Number(row[SENT]), 0);
      const firstMs = starts.length === 0 ? null : Math.min(...starts);
      if (since(Math.min(bytesFromMs, framesFromMs)).length > 0) {
        found.set(device, { sentBytes, frames: starts.length, firstMs });
      }
    }
    return found;
  }

  async function expectTraffic(of: HistoryEngine, count: number): Promise<void> {
    for (const [bytesFromMs, framesFromMs] of [
      [MONTH, START],
      [START, START + DAY],
      [MONTH + DAY, MONTH],
      [MONTH + 30 * DAY, MONTH + 30 * DAY],
    ] as const) {
      const traffic = await of.traffic(['a', 'b', 'c'], bytesFromMs, framesFromMs);
      expect(traffic).toEqual(expected(count, bytesFromMs, framesFromMs));
    }
  }

  it('is the same before, between and after folding', async () => {
    await expectTraffic(engine, 1500);
    while (!(await engine.fold()));
    await expectTraffic(engine, 1500);
    await engine.insert(rows.slice(1500));
    await expectTraffic(engine, FRAMES);
    const [folded] = await Promise.all([engine.fold(), expectTraffic(engine, FRAMES)]);
    expect(folded).toBe(true);
    await expectTraffic(engine, FRAMES);
    expect(await engine.traffic([], MONTH, START)).toEqual(new Map());
  });

  it('counts no frame twice when folding starts again anywhere', async () => {
    await owner.client.fleetRollup.deleteMany({ where: { levelMs: 0 } });
    const again = new HistoryEngine(Database.onThread(owner.location));
    await expectTraffic(again, FRAMES);
    while (!(await again.fold()));
    await expectTraffic(again, FRAMES);
    await again.close();
  });

  it('outlives the frames, and is removed after two months', async () => {
    const kept = { frames: 10, minute: undefined, hour: undefined, day: undefined };
    await engine.sweep(kept, START + 30 * DAY);
    expect(await owner.client.frame.count()).toBe(0);
    await expectTraffic(engine, FRAMES);
    await engine.sweep(kept, START + 65 * DAY);
    const left = await engine.traffic(['a', 'b'], START, START);
    expect([...left.keys()].sort()).toEqual(['a', 'b']);
    await engine.sweep(kept, START + 70 * DAY);
    expect(await engine.traffic(['a', 'b'], START, START)).toEqual(new Map());
  });
});
