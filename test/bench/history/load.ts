/**
 * Ten million frames in minutes: the frames of one device go in as devices' records do and are folded into its roll-ups. Then one
 * statement a device copies both to the next one, under its own name and at its own hour of the day, and what the devices' roll-ups
 * hold is put together for the fleet. So every row is there that ten million records would have left, and only the time to take
 * them in is saved; that is measured by itself (ingest.ts).
 */

import { HistoryEngine } from '../../../src/history/engine/history-engine.js';
import { frameColumns } from '../../../src/history/frames/frame-row.js';
import { addCells, Cells } from '../../../src/history/rollups/cells.js';
import { rollupLevels } from '../../../src/history/rollups/rollup-levels.js';
import { type RollupKey, RollupsStore } from '../../../src/history/rollups/rollups.store.js';
import { Database, Prisma } from '../../../src/platform/database/index.js';
import { seededRandom } from '../../../src/wire/index.js';
import { generatedRow } from '../../support/devices/generated-frames.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
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
  while (!(await engine.fold()));
  for (let device = 1; device < fleet.devices; device += 1) {
    await copyDevice(database, fleet, device);
    onProgress((device + 1) * fleet.framesPerDevice);
  }
  await gatherFleet(database, fleet);
  await engine.close();
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
  const later = Math.floor(seededRandom(device)() * 22) * HOUR_MS;
  const seq = device * fleet.framesPerDevice;
  const changed: Record<string, Prisma.Sql> = {
    seq: Prisma.sql`"seq" + ${seq}`,
    deviceId: Prisma.sql`${deviceName(device)}`,
    startedMs: Prisma.sql`"startedMs" + ${later}`,
    receivedMs: Prisma.sql`"receivedMs" + ${later}`,
  };
  const names = ['seq', ...Object.keys(frameColumns)];
  const list = Prisma.raw(names.map((name) => `"${name}"`).join(', '));
  const values = Prisma.join(names.map((name) => changed[name] ?? Prisma.raw(`"${name}"`)));
  const { client } = database;
  await client.$executeRaw`
    INSERT INTO "Frame" (${list}) SELECT ${values} FROM "Frame" WHERE "deviceId" = ${deviceName(0)}`;
  await client.$executeRaw`
    INSERT INTO "DeviceRollup" ("deviceId", "levelMs", "startMs", "seq", "cells")
    SELECT ${deviceName(device)}, "levelMs",
      CASE WHEN "levelMs" = ${DAY_MS} THEN "startMs" ELSE "startMs" + ${later} END, "seq" + ${seq}, "cells"
    FROM "DeviceRollup" WHERE "deviceId" = ${deviceName(0)}`;
}

/** The fleet's roll-ups from those of all devices. */
async function gatherFleet(database: Database, fleet: FleetDays): Promise<void> {
  const rollups = new RollupsStore(database);
  const seq = fleet.devices * fleet.framesPerDevice;
  const [fromMs, toMs] = [fleet.startMs, fleet.startMs + fleet.days * DAY_MS];
  for (const { ms: levelMs } of rollupLevels) {
    const stepMs = Math.max(levelMs, HOUR_MS / 4);
    for (let at = fromMs; at < toMs; at += stepMs) {
      const gathered = new Map<number, Cells>();
      let after: RollupKey | undefined;
      do {
        const span = { levelMs, fromMs: at, toMs: at + stepMs };
        const page = await rollups.read('every device', [span], 5_000, after);
        for (const { startMs, cells } of page) {
          const all = gathered.get(startMs) ?? new Cells();
          gathered.set(startMs, all);
          addCells(cells, (key) => all.of({ ...key, planVersion: 0 }));
        }
        after = page.length < 5_000 ? undefined : page.at(-1);
      } while (after !== undefined);
      const rows = [...gathered].map(([startMs, cells]) => {
        return { device: undefined, levelMs, startMs, seq, cells: Buffer.from(cells.written()) };
      });
      if (rows.length > 0) await rollups.save(rows);
    }
  }
  await rollups.saveProgress(seq);
}
