/**
 * The roll-ups in the database, of devices and of the fleet.
 *
 * A row says up to which frame it is complete, and a writing replaces only an older one. So no two rows have to be written
 * together: folding a frame again sees in each row whether it is there already.
 */
import { type Columns, type Database, isOneOf, Prisma } from '../../platform/database/index.js';
import type { RollupSpan } from './rollup-levels.js';

/** Which roll-up: a level, its start, and whose; no device: the fleet's. */
export interface RollupKey {
  readonly device: string | undefined;
  readonly levelMs: number;
  readonly startMs: number;
}

/** A name for a roll-up among all. */
export const rollupName = ({ device, levelMs, startMs }: RollupKey) =>
  `${device ?? ''} ${levelMs} ${startMs}`;

export interface StoredRollup extends RollupKey {
  /** Frames up to this number are in it. */
  readonly seq: number;
  readonly cells: Buffer;
}

/** Whose roll-ups: those of the fleet as a whole, of some devices, or of every device by itself. */
export type RollupOwner = 'fleet' | 'every device' | { readonly devices: readonly string[] };

type Row = [device: string | null, levelMs: number, startMs: number, seq: number, cells: string];

const KEY_COLUMNS = { deviceId: 'text', levelMs: 'integer', startMs: 'integer' } as const;
const COLUMNS: Columns = { ...KEY_COLUMNS, seq: 'integer', cells: 'bytes' };
const SPAN_COLUMNS = { spanLevel: 'integer', spanFrom: 'integer', spanTo: 'integer' } as const;
/** The row of the fleet that holds no cells, but the last frame that is in all others. */
const PROGRESS: RollupKey = { device: undefined, levelMs: 0, startMs: 0 };

const tableOf = (isFleet: boolean) => Prisma.raw(isFleet ? '"FleetRollup"' : '"DeviceRollup"');

export class RollupsStore {
  constructor(private readonly database: Database) {}

  /** The last frame that is in every roll-up it belongs to. */
  async progress(): Promise<number> {
    const [row] = await this.find([PROGRESS]);
    return row?.seq ?? 0;
  }

  async saveProgress(seq: number): Promise<void> {
    await this.save([{ ...PROGRESS, seq, cells: Buffer.alloc(0) }]);
  }

  /** Those of some roll-ups that are there; either all of devices or all of the fleet. */
  async find(keys: readonly RollupKey[]): Promise<StoredRollup[]> {
    const isFleet = keys[0]?.device === undefined;
    const { dialect } = this.database;
    const rows = keys.map(({ device, levelMs, startMs }) => [device ?? null, levelMs, startMs]);
    const owner = isFleet ? Prisma.empty : Prisma.sql`AND "r"."deviceId" = "key"."deviceId"`;
    return this.collect(
      isFleet,
      Prisma.sql`
        SELECT "r".* FROM ${dialect.rows('key', KEY_COLUMNS, rows)} JOIN ${tableOf(isFleet)} AS "r"
        ON "r"."levelMs" = "key"."levelMs" AND "r"."startMs" = "key"."startMs" ${owner}`,
    );
  }

  /** Writes roll-ups in place of older ones; those of devices that are gone are left out. Either all of devices or all of the fleet. */
  async save(rollups: readonly StoredRollup[]): Promise<void> {
    const isFleet = rollups[0]?.device === undefined;
    const { client, dialect } = this.database;
    const rows = rollups.map(({ device, levelMs, startMs, seq, cells }) => {
      return [device ?? null, levelMs, startMs, seq, cells.toString('hex')];
    });
    const given = dialect.rows('given', COLUMNS, rows);
    const owner = Prisma.raw(isFleet ? '' : '"deviceId",');
    const exists = isFleet
      ? Prisma.sql`true`
      : Prisma.sql`EXISTS (SELECT 1 FROM "Device" WHERE "id" = "given"."deviceId")`;
    await client.$executeRaw`
      INSERT INTO ${tableOf(isFleet)} AS "old" (${owner} "levelMs", "startMs", "seq", "cells")
      SELECT ${owner} "levelMs", "startMs", "seq", "cells" FROM ${given} WHERE ${exists}
      ON CONFLICT (${owner} "levelMs", "startMs") DO UPDATE
      SET "seq" = excluded."seq", "cells" = excluded."cells" WHERE "old"."seq" < excluded."seq"`;
  }

  /** How many roll-ups fill some spans, counted no further than a limit. */
  async count(owner: RollupOwner, spans: readonly RollupSpan[], limit: number): Promise<number> {
    const [found] = await this.database.client.$queryRaw<[{ n: number | bigint }]>`
      SELECT count(*) AS "n" FROM (SELECT 1 FROM ${this.within(owner, spans)} LIMIT ${limit}) AS "some"`;
    return Number(found.n);
  }

  /** The roll-ups of some spans of one level by start and device, behind one of them. */
  async read(
    owner: RollupOwner,
    spans: readonly RollupSpan[],
    limit: number,
    after?: RollupKey,
  ): Promise<StoredRollup[]> {
    const isFleet = owner === 'fleet';
    const order = Prisma.raw(isFleet ? '"startMs"' : '"startMs", "deviceId"');
    const place = isFleet
      ? Prisma.sql`AND "startMs" > ${after?.startMs ?? -1}`
      : Prisma.sql`AND ("startMs", "deviceId") > (${after?.startMs ?? -1}, ${after?.device ?? ''})`;
    return this.collect(
      isFleet,
      Prisma.sql`
        SELECT "r".* FROM ${this.within(owner, spans)} ${place} ORDER BY ${order} LIMIT ${limit}`,
    );
  }

  /** The start of the first roll-up of a span; undefined where there is none. */
  async firstStart(owner: RollupOwner, span: RollupSpan): Promise<number | undefined> {
    const [found] = await this.database.client.$queryRaw<[{ ms: number | bigint | null }]>`
      SELECT min("startMs") AS "ms" FROM ${this.within(owner, [span])}`;
    return found.ms === null ? undefined : Number(found.ms);
  }

  /** Removes the oldest roll-ups of a level that began before a time, up to a number; answers how many. */
  async removeOldest(levelMs: number, beforeMs: number, limit: number): Promise<number> {
    let removed = 0;
    for (const isFleet of [true, false]) {
      const key = Prisma.raw(`${isFleet ? '' : '"deviceId", '}"levelMs", "startMs"`);
      removed += await this.database.client.$executeRaw`
        DELETE FROM ${tableOf(isFleet)} WHERE (${key}) IN (
          SELECT ${key} FROM ${tableOf(isFleet)} WHERE "levelMs" = ${levelMs} AND "startMs" < ${beforeMs}
          ORDER BY "startMs" LIMIT ${limit})`;
    }
    return removed;
  }

  private async collect(isFleet: boolean, source: Prisma.Sql): Promise<StoredRollup[]> {
    const { client, dialect } = this.database;
    const device = isFleet ? 'NULL' : '"deviceId"';
    const columns = [device, '"levelMs"', '"startMs"', '"seq"', dialect.hex('cells')];
    const [found] = await client.$queryRaw<[{ rows: string }]>(dialect.collected(columns, source));
    return (JSON.parse(found.rows) as Row[]).map(([owner, levelMs, startMs, seq, cells]) => {
      return {
        device: owner ?? undefined,
        levelMs,
        startMs,
        seq,
        cells: Buffer.from(cells, 'hex'),
      };
    });
  }

  /** For FROM: the roll-ups of some spans, as "r", with their condition. */
  private within(owner: RollupOwner, spans: readonly RollupSpan[]): Prisma.Sql {
    const table = tableOf(owner === 'fleet');
    const whose =
      typeof owner === 'object' ? isOneOf('deviceId', owner.devices) : Prisma.sql`1 = 1`;
    const [span] = spans;
    if (span !== undefined && spans.length === 1) {
      return Prisma.sql`${table} AS "r" WHERE ${whose} AND "levelMs" = ${span.levelMs}
        AND "startMs" >= ${span.fromMs} AND "startMs" < ${span.toMs}`;
    }
    const rows = spans.map(({ levelMs, fromMs, toMs }) => [levelMs, fromMs, toMs]);
    // SQLite takes the tables of a CROSS JOIN in their order: for each span a stretch of an index.
    return Prisma.sql`${this.database.dialect.rows('span', SPAN_COLUMNS, rows)} CROSS JOIN ${table} AS "r"
      WHERE ${whose} AND "levelMs" = "spanLevel" AND "startMs" >= "spanFrom" AND "startMs" < "spanTo"`;
  }
}
