/** A device whose records name models and plans that do not exist: its roll-ups and those of the fleet stay small and right. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import { frameRow } from '../../../src/history/frames/frame-row.js';
import type { LatencyQuestion } from '../../../src/history/latency/latency-question.js';
import { Database, openDatabase } from '../../../src/platform/database/database.js';
import { readConfig } from '../../../src/platform/index.js';
import { seededRandom } from '../../../src/wire/index.js';
import { generatedRecord, MODELS } from '../../support/devices/generated-frames.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';

const START = Date.parse('2026-03-01T00:00:00Z');
const DAY = 86_400_000;
const FRAMES = 4_000;
const [MODEL] = MODELS;
const silent = pino({ level: 'silent' });

const digestOf = (n: number) => createHash('sha256').update(String(n)).digest('hex');

describe.each(databaseKinds)('the keys of roll-ups (%s)', (kind) => {
  let folder: string;
  let stored: TestDatabase;
  let owner: Database;
  let engine: HistoryEngine;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flotilla-keys-'));
    stored = await testDatabase(kind);
    const environment = { ...stored.environment, FLOTILLA_DATA: folder };
    owner = await openDatabase(readConfig(environment), silent);
    const { client } = owner;
    const model = {
      id: 'm',
      name: 'net',
      version: 1,
      digest: 'file',
      documentDigest: MODEL,
      state: 'ready',
    };
    await client.model.create({ data: { ...model, manifest: {}, bytes: 1n } });
    const plan = { name: 'plan', document: {}, causeCode: 'model', causeText: '' };
    for (const id of ['good', 'liar']) {
      await client.device.create({ data: { id, name: id, secretHash: '-' } });
      const data = [1, 2].map((version) => ({ ...plan, deviceId: id, version }));
      await client.twin.createMany({ data });
    }
    engine = new HistoryEngine(Database.onThread(owner.location));
    const random = seededRandom(5);
    const rows = Array.from({ length: 2 * FRAMES }, (_, n) => {
      const startedMs = START + 1000 * n;
      const arrival = { receivedMs: startedMs + 100, delayMs: 0, clockErrorMs: null };
      const record = { ...generatedRecord(random, n, 100), model: MODEL };
      // Every other frame is a lie: half of those about the model, half about the plan.
      if (n % 2 === 0) return frameRow('good', record, arrival);
      const lie = n % 4 === 1 ? { model: digestOf(n) } : { planVersion: 3 + n };
      return frameRow('liar', { ...record, ...lie }, arrival);
    });
    for (let at = 0; at < rows.length; at += 500) await engine.insert(rows.slice(at, at + 500));
  }, 60_000);
  afterAll(async () => {
    await engine.close();
    await owner.onApplicationShutdown();
    await stored.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function countOf(more: Partial<LatencyQuestion> & { model?: string }): Promise<number> {
    const { buckets } = await engine.latency({
      ...{ bucket: DAY, percentiles: [50], stages: ['total'], isCompared: false },
      ...{ nowMs: START + 2 * DAY, fromMs: START, toMs: START + DAY },
      ...more,
    });
    return buckets.reduce((sum, { count }) => sum + count, 0);
  }

  async function expectCounts(): Promise<void> {
    expect(await countOf({})).toBe(2 * FRAMES);
    expect(await countOf({ devices: ['liar'] })).toBe(FRAMES);
    expect(await countOf({ model: MODEL })).toBe(FRAMES + FRAMES / 2);
    expect(await countOf({ devices: ['liar'], model: MODEL })).toBe(FRAMES / 2);
    const plansOf = async (device: string) =>
      Promise.all([1, 2].map((planVersion) => countOf({ devices: [device], planVersion })));
    const [ofLiar, ofGood] = [await plansOf('liar'), await plansOf('good')];
    expect(Math.min(...ofLiar, ...ofGood)).toBeGreaterThan(500);
    const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
    expect([sum(ofLiar), sum(ofGood)]).toEqual([FRAMES / 2, FRAMES]);
    expect(await countOf({ model: digestOf(1) })).toBe(0);
  }

  it('gives the same answers before and after frames are folded', async () => {
    await expectCounts();
    while (!(await engine.fold()));
    await expectCounts();
  });

  it('keep the rows of the fleet and of the device small', async () => {
    while (!(await engine.fold()));
    const ofFleet = await owner.client.fleetRollup.findMany();
    const ofDevices = await owner.client.deviceRollup.findMany();
    const largest = Math.max(...[...ofFleet, ...ofDevices].map(({ cells }) => cells.length));
    expect(largest).toBeLessThan(100_000);
  });
});
