/** Stored rollouts of earlier versions, on both databases. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/platform/database/database.js';
import { prismaFolder } from '../../../src/platform/database/migrations/migration-list.js';
import { readConfig } from '../../../src/platform/index.js';
import { gates } from '../../../src/rollouts/rules/rollout.js';
import { databaseKinds, testDatabase } from '../../support/service/databases.js';

const RENAMED = '20261130070500_rollout_gates';

it.each(databaseKinds)(
  'a rollout stored before 1.0 keeps its gates under new names (%s)',
  async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-rollouts-'));
    const database = await testDatabase(kind);
    const opened = await openDatabase(
      readConfig({ ...database.environment, FLOTILLA_DATA: folder }),
      pino({ level: 'silent' }),
    );
    const { client } = opened;
    const others = { minFrames: 20, observeS: 30, convergeS: 60 };
    const common = {
      ...{ change: {}, target: {}, waves: [1], events: [], state: 'done', because: '' },
      createdAt: new Date(0),
    };
    const create = (id: string, own: object) =>
      client.rollout.create({ data: { id, ...common, gates: { ...others, ...own } } });
    await create('old', { mostFailures: 0.25, mostP95Factor: 2 });
    await create('new', { maxFailures: 0, maxP95Factor: 3 });
    const file = join(prismaFolder(), kind, 'migrations', RENAMED, 'migration.sql');
    await client.$executeRawUnsafe(await readFile(file, 'utf8'));
    // Gates that came later have their defaults.
    const later = { silentS: 180, absentS: 3600, warmUpS: 120 };
    const stored = await client.rollout.findMany({ orderBy: { id: 'desc' } });
    expect(stored.map((row) => gates.parse(row.gates))).toEqual([
      { ...others, ...later, maxFailures: 0.25, maxP95Factor: 2 },
      { ...others, ...later, maxFailures: 0, maxP95Factor: 3 },
    ]);
    await opened.onApplicationShutdown();
    await database.remove();
    await rm(folder, { recursive: true, force: true });
  },
);
