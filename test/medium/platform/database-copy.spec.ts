/** Copies an embedded database into PostgreSQL; the history returns the same there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../../src/cli/dispatch.js';
import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import { timedStages } from '../../../src/history/frames/stages.js';
import { copyDatabase } from '../../../src/platform/database/copy.js';
import { Database, openDatabase } from '../../../src/platform/database/database.js';
import { seededRandom } from '../../../src/wire/index.js';
import { generatedRow } from '../../support/devices/generated-frames.js';
import { databaseKinds, type TestDatabase, testDatabase } from '../../support/service/databases.js';

const silent = pino({ level: 'silent' });
const START_MS = Date.parse('2026-03-01T00:00:00Z');

describe.skipIf(!databaseKinds.includes('postgresql'))(
  'flotilla db copy',
  { timeout: 90_000 },
  () => {
    let data: string;
    let target: TestDatabase;
    let said: string;
    beforeEach(async () => {
      data = await mkdtemp(join(tmpdir(), 'flotilla-copy-'));
      target = await testDatabase('postgresql');
      said = '';
    });
    afterEach(async () => {
      await target.remove();
      await rm(data, { recursive: true, force: true });
    });

    const stream = {
      write(text: string) {
        said += text;
      },
    };
    const run = (...words: string[]) =>
      dispatch(['db', ...words], { stdin: process.stdin, stdout: stream, stderr: stream });
    const url = () => target.environment.DATABASE_URL ?? '';
    const copy = () => run('copy', '--data', data, '--to', url());

    async function latencyOf(database: Database) {
      const engine = new HistoryEngine(Database.onThread(database.location));
      const answer = await engine.latency({
        ...{ bucket: 3_600_000, percentiles: [50, 99], stages: timedStages, isCompared: true },
        nowMs: START_MS + 86_400_000,
      });
      await engine.close();
      return answer;
    }

    it('copies every row once', async () => {
      const here = await openDatabase({ data, databaseUrl: undefined }, silent);
      const manifest = { name: 'net', note: "it's \u2713" };
      const model = { name: 'net', version: 1, digest: 'd', state: 'ready', bytes: 2n ** 40n };
      await here.client.model.create({
        data: {
          id: 'm',
          ...model,
          manifest,
          blocks: { create: { position: 0, digest: 'b', bytes: 5n } },
        },
      });
      const birth = { cores: 4, list: [1.5, null] };
      await here.client.device.create({
        data: {
          id: 'pi',
          name: 'Küche',
          secretHash: '-',
          createdAt: new Date(START_MS),
          modelId: 'm',
          birth,
          lastSeenAt: new Date(START_MS),
        },
      });
      const twin = {
        deviceId: 'pi',
        name: 'plan',
        version: 1,
        document: { v: 1 },
        causeCode: 'c',
        causeText: 't',
      };
      await here.client.twin.create({ data: twin });
      const engine = new HistoryEngine(Database.onThread(here.location));
      const random = seededRandom(1);
      await engine.insert(
        Array.from({ length: 2_500 }, (_, n) =>
          generatedRow(random, n, 'pi', START_MS + n * 1_000),
        ),
      );
      const before = await latencyOf(here);
      const tables = (database: Database) =>
        Promise.all([
          database.client.device.findMany(),
          database.client.model.findMany({ include: { blocks: true } }),
          database.client.twin.findMany(),
        ]);
      const rows = await tables(here);
      await engine.close();
      await here.onApplicationShutdown();

      expect(await copy()).toBe(0);
      expect(said).toContain('Frame: 2500 rows');
      const there = await openDatabase({ data, databaseUrl: url() }, silent);
      expect(await tables(there)).toEqual(rows);
      expect(await latencyOf(there)).toEqual(before);
      await there.onApplicationShutdown();
      said = '';
      expect(await copy()).toBe(1);
      expect(said).toMatch(/holds \d+ rows; copy into an empty database/);
      const again = copyDatabase(data, url(), silent, () => undefined);
      await expect(again).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });
    });

    it('rejects a copy while a service uses the data, and invalid arguments', async () => {
      const service = await openDatabase({ data, databaseUrl: undefined }, silent);
      expect(await copy()).toBe(1);
      expect(said).toMatch(/in use by another process/);
      await service.onApplicationShutdown();
      expect(await run('copy', '--data', join(data, 'nowhere'), '--to', url())).toBe(2);
      expect(await run('copy', '--data', data, '--to', 'mysql://x')).toBe(2);
      expect(await run('move')).toBe(2);
    });
  },
);
