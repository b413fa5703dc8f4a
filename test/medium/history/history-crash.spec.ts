/**
 * Kill −9 at seeded moments while frames are stored and folded, on both databases: nothing acknowledged is lost, nothing is
 * there twice, in the frames or in the roll-ups. FLOTILLA_TEST_KILLS says how many times; the short form is for every change.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import { Database, openDatabase } from '../../../src/platform/database/database.js';
import { seededRandom } from '../../../src/wire/index.js';
import type { IngestOrder } from '../../support/processes/ingest-process.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';

const KILLS = Number(process.env.FLOTILLA_TEST_KILLS ?? 2);
const BATCH = 100;
/** Batches on their way at once, as of several devices. */
const IN_FLIGHT = 4;
/** A kill comes after at most this many commits, and this much later. */
const MOST_COMMITS = 6;
const LONGEST_MS = 40;
const SECONDS_A_KILL = 20;
const ENTRY = join(import.meta.dirname, '../../support/processes/ingest-process.ts');

describe.each(databaseKinds)('kill −9 (%s)', (kind) => {
  let folder: string;
  let stored: TestDatabase;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flotilla-crash-'));
    stored = await testDatabase(kind);
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await stored.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const url = () => stored.environment.DATABASE_URL;

  /** Batches from `next` on until the kill; acknowledged ones are noted. Answers where the next would begin. */
  async function ingest(next: number, random: () => number, acked: Set<number>): Promise<number> {
    const commits = Math.floor(random() * MOST_COMMITS);
    let heard = 0;
    const process = fork(ENTRY, [folder, url() ?? '']);
    child = process;
    expect(await once(process, 'message')).toEqual(['ready', undefined]);
    let at = next;
    const send = () => {
      const order: IngestOrder = { from: at, to: at + BATCH };
      at += BATCH;
      process.send(order, () => undefined);
    };
    process.on('message', ({ from }: IngestOrder) => {
      acked.add(from);
      heard += 1;
      send();
    });
    for (let i = 0; i < IN_FLIGHT; i += 1) send();
    while (heard < commits) await sleep(1);
    await sleep(random() * LONGEST_MS);
    process.kill('SIGKILL');
    await once(process, 'exit');
    return at;
  }

  it(
    'loses no acknowledged record and doubles none',
    async () => {
      const random = seededRandom(kind.length);
      const acked = new Set<number>();
      let next = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        // What was not acknowledged is sent again, as a device does.
        const again = [...Array(next / BATCH).keys()]
          .map((n) => n * BATCH)
          .find((n) => !acked.has(n));
        next = Math.max(next, await ingest(again ?? next, random, acked));
      }
      const config = { data: folder, databaseUrl: url() };
      const database = await openDatabase(config, pino({ level: 'silent' }));
      const rows = await database.client.frame.findMany({ select: { frame: true } });
      const there = rows.map(({ frame }) => Number.parseInt(frame, 16));
      const missing = [...acked].flatMap((from) =>
        Array.from({ length: BATCH }, (_, i) => from + i),
      );
      const known = new Set(there);
      expect(missing.filter((n) => !known.has(n))).toEqual([]);
      expect(known.size).toBe(there.length);
      expect(acked.size).toBeGreaterThan(0);

      const engine = new HistoryEngine(Database.onThread(database.location));
      for (const bucket of ['all', 3_600_000] as const) {
        const { buckets } = await engine.latency({
          ...{ bucket, percentiles: [50], stages: ['total'], isCompared: false },
          ...{ fromMs: 0, nowMs: Date.now() },
        });
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(there.length);
      }
      await engine.close();
      await database.onApplicationShutdown();
    },
    KILLS * SECONDS_A_KILL * 1000,
  );
});
