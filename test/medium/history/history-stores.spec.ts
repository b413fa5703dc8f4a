/** Every query of the stores of the history, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CatalogueStore } from '../../../src/history/frames/catalogue.store.js';
import type { CloudHalf } from '../../../src/history/frames/cloud-half.js';
import { FrameCostsStore } from '../../../src/history/frames/frame-costs.store.js';
import { frameRow } from '../../../src/history/frames/frame-row.js';
import { FramesStore } from '../../../src/history/frames/frames.store.js';
import { MarksStore, marksForWriting } from '../../../src/history/rollups/marks.store.js';
import { type RollupKey, RollupsStore } from '../../../src/history/rollups/rollups.store.js';
import { TrafficStore } from '../../../src/history/rollups/traffic.store.js';
import type { FrameRecord } from '../../../src/wire/index.js';
import {
  databaseKinds,
  type OpenDatabase,
  openTestDatabase,
} from '../../support/service/databases.js';

/** Larger than 32 bits. */
const BASE = Date.UTC(2026, 0, 2);
const [MODEL, OTHER] = ['a'.repeat(64), 'b'.repeat(64)];
const MINUTE = 60_000;
const ENROLLED_MS = Date.UTC(2026, 0, 1);

function record(frame: string, totalMs: number, more: Partial<FrameRecord> = {}): FrameRecord {
  const stages = { deviceMs: 1, encodeMs: 2, uplinkMs: 3, queueMs: 4, cloudMs: 5, downlinkMs: 6 };
  return {
    ...{ frame, model: MODEL, planVersion: 3, at: new Date(BASE).toISOString(), ageMs: 0 },
    ...{ outcome: 'cloud', deadlineMs: 1000, totalMs, measured: stages, sentBytes: 1234 },
    ...{ link: { uplinkMsPerByte: 1, rttMs: 10, ageMs: 5 }, answer: { index: 7, score: 0.5 } },
    ...more,
  } as FrameRecord;
}

describe.each(databaseKinds)('stores of the history (%s)', (kind) => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openTestDatabase(kind);
    const { client } = open.database;
    const data = ['d-1', 'd-2'].map((id, n) => {
      const createdAt = new Date(ENROLLED_MS + 1000 * n);
      return { id, name: id, secretHash: id, group: id, createdAt };
    });
    await client.device.createMany({ data });
    const tags = ['red', 'big'].map((tag) => ({ deviceId: 'd-1', tag }));
    await client.deviceTag.createMany({ data: [...tags, { deviceId: 'd-2', tag: 'red' }] });
    const model = { name: 'net', state: 'ready', manifest: {}, bytes: 1n };
    const models = [
      { ...model, id: 'm-1', version: 1, digest: 'file 1', documentDigest: MODEL },
      { ...model, id: 'm-2', version: 2, digest: 'file 2', documentDigest: OTHER },
    ];
    await client.model.createMany({ data: models });
  }, 60_000);
  afterAll(() => open.remove());

  it('CatalogueStore finds devices, digests and plans', async () => {
    const store = new CatalogueStore(open.database);
    expect([await store.hasDevice('d-1'), await store.hasDevice('gone')]).toEqual([true, false]);
    const devices = async (choice: object) => (await store.devicesOf(choice)).sort();
    expect(await devices({ all: true })).toEqual(['d-1', 'd-2']);
    expect(await devices({ group: 'd-2' })).toEqual(['d-2']);
    expect(await devices({ tags: ['red', 'big'] })).toEqual(['d-1']);
    expect(await devices({ devices: ['d-2', 'gone'], tags: ['red'] })).toEqual(['d-2']);
    expect(await store.digestsOf('m-1', undefined)).toEqual([MODEL]);
    expect((await store.digestsOf('net', undefined)).sort()).toEqual([MODEL, OTHER]);
    expect(await store.digestsOf('net@2', undefined)).toEqual([OTHER]);
    const gone = 'ef'.repeat(32);
    expect(await store.digestsOf(gone, undefined)).toEqual([gone]);
    await expect(store.digestsOf('none', undefined)).rejects.toThrow(
      "model: model 'none' not found",
    );
    expect(await store.digestsOf('net', 2)).toEqual([OTHER]);
    expect(await store.digestsOf(undefined, 1)).toEqual([MODEL]);
    expect(await store.digestsOf(MODEL, undefined)).toEqual([MODEL]);
    const enrolled = (ids?: readonly string[]) => store.firstEnrolledMs(ids);
    expect(await enrolled()).toBe(ENROLLED_MS);
    expect(await enrolled(['d-2', 'gone'])).toBe(ENROLLED_MS + 1000);
    expect([await enrolled(['gone']), await enrolled([])]).toEqual([undefined, undefined]);
    // More than a statement takes parameters.
    const missing = Array.from({ length: 1200 }, (_, i) => `missing-${i}`);
    expect(await enrolled([...missing, 'd-2', 'd-1'])).toBe(ENROLLED_MS);
    expect(await devices({ devices: ['d-2', ...missing, 'd-1'] })).toEqual(['d-1', 'd-2']);
    expect(await store.modelDigests()).toEqual(new Set([MODEL, OTHER]));
    const plan = { document: {}, causeCode: 'model', causeText: '' };
    await open.database.client.twin.createMany({
      data: [
        { ...plan, deviceId: 'd-1', name: 'plan', version: 1 },
        { ...plan, deviceId: 'd-1', name: 'plan', version: 3 },
        { ...plan, deviceId: 'd-2', name: 'model', version: 2 },
      ],
    });
    const asked = ['d-1 1', 'd-1 1', 'd-1 2', 'd-1 3', 'd-2 1', 'd-2 2', 'gone 1'].map((text) => {
      const [device = '', version] = text.split(' ');
      return { device, planVersion: Number(version) };
    });
    expect(await store.plansAmong(asked)).toEqual(new Set(['d-1 1', 'd-1 3']));
    expect(await store.plansAmong([])).toEqual(new Set());
  });

  describe('FramesStore', () => {
    const half: CloudHalf = {
      ...{ arrivedMs: BASE + 1, completeMs: BASE + 2, endedMs: BASE + 3 },
      ...{ endedAs: 'result', queueMs: 0.5, runMs: 1.5 },
    };
    const row = (device: string, ms: number, one: FrameRecord) =>
      frameRow(device, one, { receivedMs: BASE + ms, delayMs: 0, clockErrorMs: null });
    const names = (rows: readonly { frame: string }[]) => rows.map(({ frame }) => frame);
    let store: FramesStore;
    beforeAll(() => {
      store = new FramesStore(open.database);
    });

    it('inserts new frames of devices that exist, and returns those', async () => {
      expect(await store.lastSeq()).toBe(0);
      const predicted = { ...record('', 0).measured, totalMs: 40 };
      const rows = [
        row('d-1', 0, record('f-1', 10, { predicted })),
        row('gone', 0, record('f-0', 10)),
        row('d-1', 10, record('f-2', 20, { outcome: 'local-fallback', link: null } as object)),
        row('d-2', 10, record('f-3', 30, { model: OTHER, planVersion: 4 })),
      ];
      const inserted = await store.insert(rows, 1);
      expect(names(inserted).sort()).toEqual(['f-1', 'f-2', 'f-3']);
      const fault = { code: 'CLOUD_DOWN', message: "it's gone" };
      const failed = record('f-4', 40, { outcome: 'failed', fault } as object);
      const again = await store.insert([...rows.slice(0, 1), row('d-2', 20, failed)], 5);
      expect(again).toEqual([{ deviceId: 'd-2', frame: 'f-4' }]);
      expect(await store.lastSeq()).toBe(6);
    });

    it('adds what the cloud saw to frames that are there', async () => {
      const halves = ['f-1', 'missing'].map((frame) => ({ device: 'd-1', frame, half }));
      expect(await store.addHalves(halves)).toEqual([{ deviceId: 'd-1', frame: 'f-1' }]);
      expect(await store.find('d-1', 'f-1')).toMatchObject({
        ...{ startedMs: BigInt(BASE), receivedMs: BigInt(BASE), totalMs: 10, deviceMs: 1 },
        ...{ cloudEndedMs: BigInt(BASE + 3), cloudEndedAs: 'result', cloudQueueMs: 0.5 },
        ...{ cloudRunMs: 1.5, predictedTotalMs: 40, answer: { index: 7, score: 0.5 } },
      });
      expect(await store.find('d-2', 'f-1')).toBeNull();
      expect(await store.find('d-2', 'f-4')).toMatchObject({ faultText: "it's gone" });
    });

    it('lists frames by each filter, in both orders, by pages', async () => {
      const page = async (range: object) => names(await store.page(range, 10)).join(' ');
      expect(await page({})).toBe('f-4 f-3 f-2 f-1');
      expect(names(await store.page({}, 3, undefined, 'oldest'))).toEqual(['f-1', 'f-2', 'f-3']);
      const place = { startedMs: BASE + 10, seq: 4 };
      expect(names(await store.page({}, 10, place))).toEqual(['f-2', 'f-1']);
      expect(names(await store.page({}, 10, place, 'oldest'))).toEqual(['f-4']);
      expect(await page({ devices: ['d-1'] })).toBe('f-2 f-1');
      expect(await page({ devices: ['d-1', 'd-2'], fromMs: BASE + 10, toMs: BASE + 20 })).toBe(
        'f-3 f-2',
      );
      expect(await page({ devices: [] })).toBe('');
      expect(await page({ models: [OTHER, 'c'] })).toBe('f-3');
      expect(await page({ planVersion: 4 })).toBe('f-3');
      expect(await page({ outcome: 'failed' })).toBe('f-4');
      expect(await page({ link: 'unknown' })).toBe('f-2');
      expect(await page({ link: '3g' })).toBe('f-4 f-3 f-1');
      expect(await page({ link: 'wifi' })).toBe('');
      expect(await store.count({}, 3)).toBe(3);
      expect(await store.count({ devices: ['d-1'] }, 10)).toBe(2);
    });

    it('reads times by start and by arrival', async () => {
      const [first, second] = await store.times({ devices: ['d-1'] }, 10);
      expect(first).toEqual({
        ...{ seq: 1, startedMs: BASE, device: 'd-1', model: MODEL, planVersion: 3 },
        ...{ outcome: 'cloud', uplinkMsPerByte: 1, sentBytes: 1234 },
        measuredMs: [10, 1, 2, 3, 4, 5, 6],
        predictedMs: [40, 1, 2, 3, 4, 5, 6],
      });
      expect(second).toMatchObject({ seq: 3, uplinkMsPerByte: null, predictedMs: undefined });
      const seqs = (rows: readonly { seq: number }[]) => rows.map(({ seq }) => seq);
      expect(seqs(await store.times({}, 2, { startedMs: BASE + 10, seq: 3 }))).toEqual([4, 6]);
      expect(await store.times({ devices: [] }, 10)).toEqual([]);
      expect(seqs(await store.arrivals(1, 2))).toEqual([3, 4]);
      expect(await store.arrivals(6, 2)).toEqual([]);
      expect(await store.firstStart({}, 0)).toBe(BASE);
      expect(await store.firstStart({ fromMs: BASE + 1 }, 0)).toBe(BASE + 10);
      expect(await store.firstStart({ devices: ['d-2'] }, 0)).toBe(BASE + 10);
      expect(await store.firstStart({ devices: ['d-2'], toMs: BASE + 10 }, 0)).toBeUndefined();
      expect(await store.firstStart({}, 4)).toBe(BASE + 20);
      expect(await store.firstStart({}, 6)).toBeUndefined();
    });

    it('is read by FrameCostsStore for spans of devices', async () => {
      const costs = new FrameCostsStore(open.database);
      const span = (device: string, toMs = 100) => ({ device, fromMs: BASE, toMs: BASE + toMs });
      expect(await costs.costs([span('d-1'), span('d-2')], undefined)).toEqual({
        ...{ frames: 4, failed: 1, fallbacks: 1, p95Ms: 30 },
      });
      expect(await costs.costs([span('d-1', 10), span('d-2')], MODEL)).toEqual({
        ...{ frames: 2, failed: 1, fallbacks: 0, p95Ms: 10 },
      });
      const none = { frames: 0, failed: 0, fallbacks: 0, p95Ms: null };
      expect(await costs.costs([span('gone')], undefined)).toEqual(none);
      const spans = [span('d-1', 10), span('d-2'), span('gone')];
      const counts = await costs.counts(spans, MODEL);
      expect([...counts.values()].reduce((sum, one) => sum + one, 0)).toBe(2);
      expect([...counts.keys()].sort()).toEqual(['d-1', 'd-2']);
    });

    it('removes the oldest frames by time, number and limit', async () => {
      expect(await store.removeOldest(BASE + 20, 3, 1)).toBe(1);
      expect(await store.removeOldest(BASE + 20, 3, 10)).toBe(1);
      expect(await store.removeOldest(BASE + 20, 100, 10)).toBe(1);
      expect(names(await store.page({}, 10))).toEqual(['f-4']);
    });
  });

  describe('RollupsStore', () => {
    const rollup = (device: string | undefined, minute: number, seq: number, text = 'cells') => ({
      ...{ device, levelMs: MINUTE, startMs: BASE + minute * MINUTE, seq },
      cells: Buffer.from(text),
    });
    const keyOf = ({ device, levelMs, startMs }: RollupKey) => ({ device, levelMs, startMs });
    const span = (to: number) => ({ levelMs: MINUTE, fromMs: BASE, toMs: BASE + to * MINUTE });
    const rows = [rollup('d-1', 0, 5), rollup('d-2', 0, 5), rollup('d-1', 1, 5)];
    const fleet = [rollup(undefined, 0, 5), rollup(undefined, 1, 5)];
    let store: RollupsStore;
    beforeAll(() => {
      store = new RollupsStore(open.database);
    });

    it('replaces only older roll-ups, and leaves out devices that are gone', async () => {
      await store.save([...rows, rollup('gone', 0, 5)]);
      await store.save(fleet);
      await store.save([rollup('d-1', 0, 4, 'older'), rollup('d-2', 0, 6, 'newer')]);
      const found = await store.find([...rows, rollup('d-2', 9, 0)].map(keyOf));
      expect(found).toHaveLength(3);
      expect(found).toContainEqual(rows[0]);
      expect(found).toContainEqual(rollup('d-2', 0, 6, 'newer'));
      expect(await store.find(fleet.slice(1).map(keyOf))).toEqual(fleet.slice(1));
    });

    it('keeps the last frame that is in every roll-up', async () => {
      expect(await store.progress()).toBe(0);
      await store.saveProgress(7);
      await store.saveProgress(6);
      expect(await store.progress()).toBe(7);
    });

    it('counts and reads the roll-ups of an owner by pages', async () => {
      expect(await store.count('fleet', [span(2)], 10)).toBe(2);
      expect(await store.count('every device', [span(1), span(2)], 10)).toBe(5);
      expect(await store.count('every device', [span(2)], 2)).toBe(2);
      expect(await store.count({ devices: ['d-1'] }, [span(2)], 10)).toBe(2);
      expect(await store.read('fleet', [span(2)], 10)).toEqual(fleet);
      expect(await store.read('fleet', [span(2)], 10, fleet[0])).toEqual(fleet.slice(1));
      const all = await store.read('every device', [span(2)], 10);
      expect(all).toEqual([rows[0], rollup('d-2', 0, 6, 'newer'), rows[2]]);
      expect(await store.read('every device', [span(2)], 1, rows[0])).toEqual([all[1]]);
      expect(await store.read({ devices: ['d-2'] }, [span(2)], 10)).toEqual([all[1]]);
      const [first, second] = [span(1), { ...span(2), fromMs: BASE + MINUTE }];
      expect(await store.read('fleet', [second, first], 10)).toEqual(fleet);
      expect(await store.read('every device', [first, second], 10, rows[0])).toEqual(all.slice(1));
      expect(await store.read('fleet', [{ ...first, levelMs: 1 }, second], 10)).toEqual(
        fleet.slice(1),
      );
      expect(await store.firstStart('fleet', span(2))).toBe(BASE);
      expect(await store.firstStart('fleet', second)).toBe(BASE + MINUTE);
      expect(await store.firstStart({ devices: ['gone'] }, span(2))).toBeUndefined();
    });

    it('removes the oldest of a level, of the fleet and of devices', async () => {
      expect(await store.removeOldest(MINUTE, BASE + MINUTE, 1)).toBe(2);
      expect(await store.removeOldest(MINUTE, BASE + MINUTE, 10)).toBe(1);
      expect(await store.removeOldest(MINUTE, BASE + MINUTE, 10)).toBe(0);
      expect(await store.read('every device', [span(2)], 10)).toEqual([rows[2]]);
      expect(await store.progress()).toBe(7);
    });
  });

  it('MarksStore keeps marks, knows those that are to be measured and leaves out none', async () => {
    const store = new MarksStore(open.database);
    const whole = { frames: 0, minute: 0, hour: 0, day: 0, traffic: 0, fleet: 0 };
    expect(await store.read()).toEqual(whole);
    await store.save({ minute: BASE, hour: 1 });
    await store.save({ hour: 0 });
    await store.save({});
    await open.database.client.historyMark.create({ data: { part: 'day', fromMs: null } });
    const stored = { ...whole, minute: BASE, day: null };
    expect(await store.read()).toEqual(stored);
    expect(marksForWriting(stored)).toEqual({ ...whole, minute: BASE });
  });

  describe('TrafficStore', () => {
    const DAY = 86_400_000;
    const day = (device: string, number: number, seq: number, sentBytes = 100) => ({
      ...{ device, dayMs: BASE + number * DAY, seq, frames: 2, sentBytes },
      firstMs: BASE + number * DAY + 5,
    });
    const days = [day('d-1', 0, 5), day('d-2', 0, 5), day('d-1', 1, 5, 2 ** 40)];
    const keyOf = ({ device, dayMs }: { device: string; dayMs: number }) => ({ device, dayMs });
    let store: TrafficStore;
    beforeAll(() => {
      store = new TrafficStore(open.database);
    });

    it('replaces only older days, and leaves out devices that are gone', async () => {
      await store.save([...days, day('gone', 0, 5)]);
      await store.save([day('d-1', 0, 4, 1), day('d-2', 0, 6, 7)]);
      const found = await store.find([...days, day('d-2', 9, 0), day('gone', 0, 0)].map(keyOf));
      expect(found).toHaveLength(3);
      expect(found).toEqual(expect.arrayContaining([days[0], day('d-2', 0, 6, 7), days[2]]));
    });

    it('lists the days of devices, and what frames add to them', async () => {
      const since = async (devices: string[], ms: number) =>
        (await store.since(devices, ms)).map(({ device, dayMs }) => [device, (dayMs - BASE) / DAY]);
      expect(await since(['d-1'], BASE + DAY)).toEqual([['d-1', 1]]);
      expect((await since(['d-1', 'd-2', 'gone'], BASE)).sort()).toEqual([
        ...[
          ['d-1', 0],
          ['d-1', 1],
          ['d-2', 0],
        ],
      ]);
      expect(await since([], BASE)).toEqual([]);
      const frames = new FramesStore(open.database);
      const arrival = (ms: number) => ({ receivedMs: BASE + ms, delayMs: 0, clockErrorMs: null });
      const rows = [
        frameRow('d-1', record('t-1', 10), arrival(DAY + 30)),
        frameRow('d-1', record('t-2', 10), arrival(DAY + 20)),
        frameRow('d-2', record('t-3', 10), arrival(DAY + 10)),
        frameRow('d-2', record('t-4', 10), arrival(10)),
      ];
      await frames.insert(rows, 20);
      const added = { dayMs: BASE + DAY, sentBytes: 1234 };
      expect(await store.unfolded(['d-2'], BASE + DAY, 19)).toEqual([
        { device: 'd-2', ...added, frames: 1, firstMs: BASE + DAY + 10 },
      ]);
      const twice = { device: 'd-1', ...added, sentBytes: 2468, frames: 2 };
      expect(await store.unfolded(['d-1'], BASE, 19)).toEqual([
        { ...twice, firstMs: BASE + DAY + 20 },
      ]);
      // Behind a number, and behind the frames that a day has already.
      expect(await store.unfolded(['d-1'], BASE, 20)).toMatchObject([{ frames: 1 }]);
      await store.save([day('d-1', 1, 20)]);
      expect(await store.unfolded(['d-1'], BASE, 19)).toMatchObject([{ frames: 1 }]);
      expect(await store.unfolded(['d-1', 'd-2'], BASE, 23)).toEqual([]);
    });

    it('removes the oldest days', async () => {
      expect(await store.removeOldest(BASE + DAY, 1)).toBe(1);
      expect(await store.removeOldest(BASE + DAY, 10)).toBe(1);
      expect(await store.removeOldest(BASE + DAY, 10)).toBe(0);
      expect(await store.since(['d-1', 'd-2'], BASE)).toHaveLength(1);
    });
  });
});
