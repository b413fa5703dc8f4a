/**
 * The history with ten million frames, on both databases: what questions take, how many records a second are taken in, how late the
 * event loop is meanwhile, and what a million frames take on disk.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { pino } from 'pino';
import { BrokerModule } from '../../src/broker/index.js';
import { createApplication, Database, readConfig } from '../../src/platform/index.js';
import { RecordedAsSent } from '../support/history/recorded-as-sent.js';
import { createDatabase, PrivatePostgresql } from '../support/service/private-postgresql.js';
import type { BenchOptions } from './bench-options.js';
import { ingest } from './history/ingest.js';
import { type FleetDays, loadFleet } from './history/load.js';
import { askAll } from './history/queries.js';
import { table } from './measure.js';

const FLEET: FleetDays = {
  ...{ devices: 1_000, days: 7, framesPerDevice: 10_000 },
  startMs: Date.parse('2026-03-01T00:00:00Z'),
};
const SHORT: FleetDays = { ...FLEET, devices: 4, framesPerDevice: 700 };

@Module({ imports: [BrokerModule, RecordedAsSent] })
class HistoryOnly {}

/** A database: how it is called, its settings, and how many bytes it takes. */
interface Place {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  bytes(database: Database): Promise<number>;
}

/** Prints tables for both databases; PostgreSQL is left out, and said to be, where it is not installed. */
export async function history({ isShort }: BenchOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-bench-'));
  const server = await PrivatePostgresql.start({ isDurable: true });
  try {
    await benchPlace(sqlite(folder), folder, isShort);
    if (server === undefined) console.log('\nPostgreSQL is not installed: left out.');
    else await benchPlace(postgresql(await createDatabase(server.url)), folder, isShort);
  } finally {
    await server?.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

function sqlite(folder: string): Place {
  return {
    name: 'SQLite',
    environment: {},
    bytes: async () => (await stat(join(folder, 'flotilla.db'))).size,
  };
}

function postgresql(url: string): Place {
  return {
    name: 'PostgreSQL',
    environment: { DATABASE_URL: url },
    async bytes({ client }) {
      const [found] = await client.$queryRaw<[{ bytes: bigint }]>`
        SELECT pg_database_size(current_database()) AS "bytes"`;
      return Number(found.bytes);
    },
  };
}

async function benchPlace(place: Place, folder: string, isShort: boolean): Promise<void> {
  const fleet = isShort ? SHORT : FLEET;
  const config = readConfig({
    ...{ FLOTILLA_HOST: '127.0.0.1', FLOTILLA_HTTP_PORT: '0', FLOTILLA_MQTT_PORT: '0' },
    FLOTILLA_DATA: folder,
    ...place.environment,
  });
  const app = await createApplication(HistoryOnly, config, pino({ level: 'silent' }));
  try {
    const database = app.get(Database);
    const frames = fleet.devices * fleet.framesPerDevice;
    await loadFleet(database, fleet, (there) => {
      if (there % 1_000_000 === 0) process.stderr.write(`  ${place.name}: ${there} frames\n`);
    });
    await app.listen(0, '127.0.0.1');
    const megabytes = (await place.bytes(database)) / 1e6;
    console.log(`\n### ${place.name}, ${frames.toLocaleString('en')} frames\n`);
    console.log(
      `${((megabytes / frames) * 1e6).toFixed(0)} MB a million frames, roll-ups included.\n`,
    );
    const times = await askAll(app, fleet, isShort ? 2 : 200);
    const rows = times.map(({ question, p50Ms, p95Ms }) => [
      question,
      p50Ms.toFixed(1),
      p95Ms.toFixed(1),
    ]);
    console.log(table(['question', 'p50 ms', 'p95 ms'], rows));
    const load = isShort
      ? { recordsPerS: 4_000, seconds: 1, warmUpS: 1 }
      : { recordsPerS: 5_000, seconds: 20, warmUpS: 3 };
    const took = await ingest(app, load);
    const figures = [
      took.recordsPerS,
      took.idleDelayP99Ms,
      took.loopDelayP99Ms,
      took.loopDelayMaxMs,
      took.receiptP50Ms,
      took.receiptP99Ms,
    ];
    const header = [
      'records/s',
      'event loop late, idle, p99 ms',
      'p99 ms',
      'max ms',
      'receipt p50 ms',
      'receipt p99 ms',
    ];
    console.log(`\n${table(header, [figures.map((value) => value.toFixed(1))])}`);
  } finally {
    await app.close();
  }
}
