/**
 * How much each device sends, by days (UTC), in the database. As with roll-ups, a row says up to which frame it is complete, and a
 * writing replaces only an older one.
 */
import { type Columns, type Database, isOneOf, Prisma } from '../../platform/database/index.js';
import { DAY_MS } from './rollup-levels.js';

/** A day of a device, by its begin in ms since 1970. */
export interface TrafficDay {
  readonly device: string;
  readonly dayMs: number;
}

export interface StoredTraffic extends TrafficDay {
  /** Frames up to this number are in it. */
  readonly seq: number;
  readonly frames: number;
  readonly sentBytes: number;
  /** Start of the first frame. */
  readonly firstMs: number;
}

/** What frames that are in no row yet add to a day. */
export type AddedTraffic = Omit<StoredTraffic, 'seq'>;

type Numbers<T> = { readonly [K in keyof T]: T[K] extends number ? number | bigint : T[K] };

const KEY_COLUMNS = { device: 'text', dayMs: 'integer' } as const satisfies Columns;
const COLUMNS = {
  ...{ deviceId: 'text', dayMs: 'integer', seq: 'integer', frames: 'integer' },
  ...{ sentBytes: 'integer', firstMs: 'integer' },
} as const satisfies Columns;
const LIST = Prisma.raw(
  Object.keys(COLUMNS)
    .map((name) => `"${name}"`)
    .join(', '),
);
const READ = Prisma.raw(
  '"t"."deviceId" AS "device", "t"."dayMs", "t"."seq", "t"."frames", "t"."sentBytes", "t"."firstMs"',
);
const MAX_TAIL = 1_000_000_000;

export class TrafficStore {
  constructor(private readonly database: Database) {}

  /** Those of some days that are there. */
  async find(days: readonly TrafficDay[]): Promise<StoredTraffic[]> {
    const { client, dialect } = this.database;
    const rows = days.map(({ device, dayMs }) => [device, dayMs]);
    const found = await client.$queryRaw<Numbers<StoredTraffic>[]>`
      SELECT ${READ} FROM ${dialect.rows('key', KEY_COLUMNS, rows)} JOIN "DeviceTraffic" AS "t"
      ON "t"."deviceId" = "key"."device" AND "t"."dayMs" = "key"."dayMs"`;
    return found.map(plain);
  }

  /** Writes days in place of older writings; those of devices that are gone are left out. */
  async save(days: readonly StoredTraffic[]): Promise<void> {
    const { client, dialect } = this.database;
    const rows = days.map(({ device, dayMs, seq, frames, sentBytes, firstMs }) => {
      return [device, dayMs, seq, frames, sentBytes, firstMs];
    });
    await client.$executeRaw`
      INSERT INTO "DeviceTraffic" AS "old" (${LIST})
      SELECT ${LIST} FROM ${dialect.rows('given', COLUMNS, rows)}
      WHERE EXISTS (SELECT 1 FROM "Device" WHERE "id" = "given"."deviceId")
      ON CONFLICT ("deviceId", "dayMs") DO UPDATE SET
        "seq" = excluded."seq", "frames" = excluded."frames",
        "sentBytes" = excluded."sentBytes", "firstMs" = excluded."firstMs"
      WHERE "old"."seq" < excluded."seq"`;
  }

  /** The days of some devices from a day on. */
  async since(devices: readonly string[], dayMs: number): Promise<StoredTraffic[]> {
    const found = await this.database.client.$queryRaw<Numbers<StoredTraffic>[]>`
      SELECT ${READ} FROM "DeviceTraffic" AS "t"
      WHERE ${isOneOf('deviceId', devices)} AND "dayMs" >= ${dayMs}`;
    return found.map(plain);
  }

  /** What frames behind a number add to the days of some devices from a day on, as far as the days do not have them. */
  async unfolded(
    devices: readonly string[],
    dayMs: number,
    afterSeq: number,
  ): Promise<AddedTraffic[]> {
    // The limit holds the inner query to the order of arrival: there are few frames behind the number.
    const found = await this.database.client.$queryRaw<Numbers<AddedTraffic>[]>`
      SELECT "deviceId" AS "device", "dayMs", count(*) AS "frames",
        sum("sentBytes") AS "sentBytes", min("startedMs") AS "firstMs"
      FROM (
        SELECT "seq", "deviceId", "startedMs", "sentBytes",
          "startedMs" - "startedMs" % ${Prisma.raw(String(DAY_MS))} AS "dayMs"
        FROM "Frame" WHERE "seq" > ${afterSeq} ORDER BY "seq" LIMIT ${MAX_TAIL}) AS "tail"
      WHERE ${isOneOf('deviceId', devices)} AND "dayMs" >= ${dayMs} AND "seq" > COALESCE(
        (SELECT "t"."seq" FROM "DeviceTraffic" AS "t"
         WHERE "t"."deviceId" = "tail"."deviceId" AND "t"."dayMs" = "tail"."dayMs"), 0)
      GROUP BY "deviceId", "dayMs"`;
    return found.map((row) => ({
      ...{ device: row.device, dayMs: Number(row.dayMs), frames: Number(row.frames) },
      ...{ sentBytes: Number(row.sentBytes), firstMs: Number(row.firstMs) },
    }));
  }

  /** Removes days that began before a time, up to a number; answers how many. */
  async removeOldest(beforeMs: number, limit: number): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM "DeviceTraffic" WHERE ("deviceId", "dayMs") IN (
        SELECT "deviceId", "dayMs" FROM "DeviceTraffic" WHERE "dayMs" < ${beforeMs}
        ORDER BY "dayMs" LIMIT ${limit})`;
  }
}

function plain(row: Numbers<StoredTraffic>): StoredTraffic {
  const { device, dayMs, seq, frames, sentBytes, firstMs } = row;
  return {
    ...{ device, dayMs: Number(dayMs), seq: Number(seq), frames: Number(frames) },
    ...{ sentBytes: Number(sentBytes), firstMs: Number(firstMs) },
  };
}
