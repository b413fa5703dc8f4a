/**
 * Ten million frames in minutes: the frames of one device go in as devices' records do, and one statement a device copies them to
 * the next under its own name, at its own hour and with its own speed. Then they are folded into roll-ups as any others.
 */

import { frameColumns } from '../../../src/history/frame-row.js';
import { HistoryEngine } from '../../../src/history/history-engine.js';
import { measuredColumn, timedStages } from '../../../src/history/stages.js';
import { Database, Prisma } from '../../../src/platform/database/index.js';
import { generatedRow, seededRandom } from '../../support/generated-frames.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const BUSY_MINUTES = 120;

export interface FleetDays {
  readonly devices: number;
  readonly days: number;
  readonly framesPerDevice: number;
  /** A midnight. */
  readonly startMs: number;
}

export const deviceName = (n: number) => `pi-${n.toString().padStart(4, '0')}`;

/** Writes and folds the frames; calls back with how many are there. */
export async function loadFleet(
  database: Database,
  fleet: FleetDays,
  onProgress: (frames: number) => void,
): Promise<void> {
  const { client, dialect } = database;
  const names = Array.from({ length: fleet.devices }, (_, n) => [deviceName(n), 'bench', '-']);
  const columns = { id: 'text', name: 'text', secretHash: 'text' } as const;
  await client.$executeRaw`
    INSERT INTO "Device" ("id", "name", "secretHash") SELECT * FROM ${dialect.rows('given', columns, names)}`;
  const engine = new HistoryEngine(Database.onThread(database.location));
  const rows = firstDevice(fleet);
  for (let at = 0; at < rows.length; at += 500) await engine.insert(rows.slice(at, at + 500));
  await foldAll(engine);
  for (let device = 1; device < fleet.devices; device += 1) {
    await copyDevice(database, fleet, device);
    if (device % 5 === 4 || device === fleet.devices - 1) await foldAll(engine);
    onProgress((device + 1) * fleet.framesPerDevice);
  }
  await engine.close();
}

async function foldAll(engine: HistoryEngine): Promise<void> {
  while (!(await engine.fold()));
}

/** Two busy hours a day, from midnight on. */
function firstDevice({ days, framesPerDevice, startMs }: FleetDays) {
  const random = seededRandom(20_260_301);
  const perDay = Math.ceil(framesPerDevice / days);
  return Array.from({ length: framesPerDevice }, (_, n) => {
    const inDay = ((n % perDay) / perDay) * BUSY_MINUTES * MINUTE_MS;
    const startedMs = Math.floor(startMs + Math.floor(n / perDay) * DAY_MS + inDay);
    return generatedRow(random, n, deviceName(0), startedMs);
  });
}

async function copyDevice(database: Database, fleet: FleetDays, device: number): Promise<void> {
  const random = seededRandom(device);
  const offsetMs = Math.floor(random() * (1_440 - BUSY_MINUTES)) * MINUTE_MS;
  const factor = 0.5 + random();
  const changed: Record<string, Prisma.Sql> = {
    seq: Prisma.sql`"seq" + ${device * fleet.framesPerDevice}`,
    deviceId: Prisma.sql`${deviceName(device)}`,
    startedMs: Prisma.sql`"startedMs" + ${offsetMs}`,
    receivedMs: Prisma.sql`"receivedMs" + ${offsetMs}`,
  };
  for (const column of timedStages.map(measuredColumn)) {
    changed[column] = Prisma.sql`${Prisma.raw(`"${column}"`)} * ${Prisma.raw(String(factor))}`;
  }
  const names = ['seq', ...Object.keys(frameColumns)];
  const list = Prisma.raw(names.map((name) => `"${name}"`).join(', '));
  const values = Prisma.join(names.map((name) => changed[name] ?? Prisma.raw(`"${name}"`)));
  await database.client.$executeRaw`
    INSERT INTO "Frame" (${list}) SELECT ${values} FROM "Frame"
    WHERE "deviceId" = ${deviceName(0)} AND "seq" <= ${fleet.framesPerDevice}`;
}
