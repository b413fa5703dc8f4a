/** Frames of earlier versions, whose days were not kept, on both databases. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import { Database, openDatabase } from '../../../src/platform/database/database.js';
import { prismaFolder } from '../../../src/platform/database/migrations/migration-list.js';
import { readConfig } from '../../../src/platform/index.js';
import { seededRandom } from '../../../src/wire/index.js';
import { generatedRow } from '../../support/devices/generated-frames.js';
import { databaseKinds, testDatabase } from '../../support/service/databases.js';

const ADDED = '20261130132000_device_traffic';
const START = Date.parse('2026-03-01T20:00:00Z');
const HOUR = 3_600_000;
const [FRAMES, FOLDED] = [60, 40];
const SENT = 13;

it.each(databaseKinds)(
  'frames that were folded before days were kept count once, as later ones do (%s)',
  async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-days-'));
    const database = await testDatabase(kind);
    const opened = await openDatabase(
      readConfig({ ...database.environment, FLOTILLA_DATA: folder }),
      pino({ level: 'silent' }),
    );
    const { client } = opened;
    await client.device.create({ data: { id: 'a', name: 'a', secretHash: '-' } });
    const random = seededRandom(3);
    const rows = Array.from({ length: FRAMES }, (_, n) =>
      generatedRow(random, n, 'a', START + (n * HOUR) / 6),
    );
    const engine = new HistoryEngine(Database.onThread(opened.location));
    await engine.insert(rows.slice(0, FOLDED));
    while (!(await engine.fold()));
    await engine.insert(rows.slice(FOLDED));
    // As an earlier version left it: frames are folded, and there are no days.
    await client.deviceTraffic.deleteMany();
    const file = join(prismaFolder(), kind, 'migrations', ADDED, 'migration.sql');
    const [, fill] = /(INSERT INTO[\s\S]*)$/.exec(await readFile(file, 'utf8')) ?? [];
    await client.$executeRawUnsafe(fill ?? '');
    const expected = {
      sentBytes: rows.reduce((sum, row) => sum + Number(row[SENT]), 0),
      ...{ frames: FRAMES, firstMs: START },
    };
    const ask = () =>
      engine.traffic(['a'], START - (START % (24 * HOUR)), START - (START % (24 * HOUR)));
    expect((await ask()).get('a')).toEqual(expected);
    expect(await client.deviceTraffic.count()).toBe(2);
    while (!(await engine.fold()));
    expect((await ask()).get('a')).toEqual(expected);
    await engine.close();
    await opened.onApplicationShutdown();
    await database.remove();
    await rm(folder, { recursive: true, force: true });
  },
);
