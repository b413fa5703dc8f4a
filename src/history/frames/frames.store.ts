/** The frames in the database: written in groups by one statement, read page by page along an index. */
import { type Columns, type Database, Prisma } from '../../platform/database/index.js';
import type { Outcome } from '../../wire/index.js';
import type { NamedHalf } from './cloud-half.js';
import { conditionOf, type FrameRange } from './frame-filter.js';
import { type FrameRow, frameColumns, halfColumns, halfValues } from './frame-row.js';
import { measuredColumn, predictedColumn, timedStages } from './stages.js';

/** A place in the order of frames: by start, and by arrival where starts are equal. */
export interface FramePlace {
  readonly startedMs: number;
  readonly seq: number;
}

/** A frame by its device and id. */
export interface StoredFrameName {
  readonly deviceId: string;
  readonly frame: string;
}

export type StoredFrame = Prisma.FrameGetPayload<object>;

/** What roll-ups and percentiles read of a frame: what it sent; total … downlink measured, then predicted, in ms. */
export interface FrameTimes extends FramePlace {
  readonly device: string;
  readonly model: string;
  readonly planVersion: number;
  readonly outcome: Outcome;
  readonly uplinkMsPerByte: number | null;
  readonly sentBytes: number;
  readonly measuredMs: readonly number[];
  readonly predictedMs: readonly number[] | undefined;
}

const COLUMNS: Columns = { seq: 'integer', ...frameColumns };
const HALF_COLUMNS: Columns = { ofDevice: 'text', ofFrame: 'text', ...halfColumns };
const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`);
const COLUMN_LIST = Prisma.raw(quoted(Object.keys(COLUMNS)).join(', '));
const HALF_SETTINGS = Prisma.raw(
  quoted(Object.keys(halfColumns))
    .map((name) => `${name} = "given".${name}`)
    .join(', '),
);
const MAX_TAIL = 1_000_000_000;
const STAGES = timedStages.length;
const TIME_COLUMNS = quoted([
  ...['seq', 'startedMs', 'deviceId', 'model', 'planVersion', 'outcome', 'uplinkMsPerByte'],
  'sentBytes',
  ...timedStages.map(measuredColumn),
  ...timedStages.map(predictedColumn),
]);
const TIME_LIST = Prisma.raw(TIME_COLUMNS.join(', '));

type TimesRow = [
  ...[number, number, string, string, number, Outcome, number | null, number],
  ...(number | null)[],
];

export class FramesStore {
  constructor(private readonly database: Database) {}

  /** Adds rows in one commit, numbered from `seq` on; those of devices that are gone, and those already there, are left out. Answers with the new ones. */
  async insert(rows: readonly FrameRow[], seq: number): Promise<StoredFrameName[]> {
    const { client, dialect } = this.database;
    const numbered = rows.map((row, index) => [seq + index, ...row]);
    return client.$queryRaw`
      INSERT INTO "Frame" (${COLUMN_LIST})
      SELECT ${COLUMN_LIST} FROM ${dialect.rows('given', COLUMNS, numbered)}
      WHERE EXISTS (SELECT 1 FROM "Device" WHERE "id" = "given"."deviceId")
      ON CONFLICT ("deviceId", "frame") DO NOTHING
      RETURNING "deviceId", "frame"`;
  }

  /** Adds what the cloud saw to frames that are there; answers with those. */
  async addHalves(halves: readonly NamedHalf[]): Promise<StoredFrameName[]> {
    const { client, dialect } = this.database;
    const rows = halves.map(({ device, frame, half }) => [device, frame, ...halfValues(half)]);
    return client.$queryRaw`
      UPDATE "Frame" SET ${HALF_SETTINGS} FROM ${dialect.rows('given', HALF_COLUMNS, rows)}
      WHERE "deviceId" = "given"."ofDevice" AND "frame" = "given"."ofFrame"
      RETURNING "deviceId", "frame"`;
  }

  /** The number of the last frame there is; 0 without frames. */
  async lastSeq(): Promise<number> {
    const select = { seq: true };
    const row = await this.database.client.frame.findFirst({ orderBy: { seq: 'desc' }, select });
    return Number(row?.seq ?? 0);
  }

  /** As pages read it: a typed read would reject a row whose numbers an earlier version stored beyond the integers. */
  async find(device: string, frame: string): Promise<StoredFrame | null> {
    const [row] = await this.database.client.$queryRaw<StoredFrame[]>`
      SELECT * FROM "Frame" WHERE "deviceId" = ${device} AND "frame" = ${frame}`;
    return row ?? null;
  }

  /** In the order of their start, newest first or oldest first, from the place on (which is left out). */
  async page(
    range: FrameRange,
    limit: number,
    after?: FramePlace,
    order: 'newest' | 'oldest' = 'newest',
  ): Promise<StoredFrame[]> {
    const [sign, direction] = order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC'];
    const rest =
      after === undefined
        ? Prisma.empty
        : Prisma.sql`AND ("startedMs", "seq") ${Prisma.raw(sign)} (${after.startedMs}, ${after.seq})`;
    const by = Prisma.raw(`"startedMs" ${direction}, "seq" ${direction}`);
    return this.database.client.$queryRaw`
      SELECT * FROM "Frame" WHERE ${conditionOf(range)} ${rest} ORDER BY ${by} LIMIT ${limit}`;
  }

  /** How many frames of a range there are, counted no further than a limit. */
  async count(range: FrameRange, limit: number): Promise<number> {
    const [found] = await this.database.client.$queryRaw<[{ n: number | bigint }]>`
      SELECT count(*) AS "n" FROM (
        SELECT 1 FROM "Frame" WHERE ${conditionOf(range)} LIMIT ${limit}) AS "some"`;
    return Number(found.n);
  }

  /** Times only, oldest first, from the place on. */
  async times(range: FrameRange, limit: number, after?: FramePlace): Promise<FrameTimes[]> {
    const rest =
      after === undefined
        ? Prisma.empty
        : Prisma.sql`AND ("startedMs", "seq") > (${after.startedMs}, ${after.seq})`;
    return this.collect(Prisma.sql`
      SELECT ${TIME_LIST} FROM "Frame" WHERE ${conditionOf(range)} ${rest}
      ORDER BY "startedMs", "seq" LIMIT ${limit}`);
  }

  /** Times only, in the order frames came in, behind a number. */
  async arrivals(afterSeq: number, limit: number): Promise<FrameTimes[]> {
    return this.collect(Prisma.sql`
      SELECT ${TIME_LIST} FROM "Frame" WHERE "seq" > ${afterSeq} ORDER BY "seq" LIMIT ${limit}`);
  }

  /** The start of the first frame of a range, of those behind a number; undefined without any. */
  async firstStart(
    range: Pick<FrameRange, 'devices' | 'fromMs' | 'toMs'>,
    afterSeq: number,
  ): Promise<number | undefined> {
    // The limit holds the inner query to the order of arrival: there are few frames behind the number.
    const [found] = await this.database.client.$queryRaw<[{ ms: number | bigint | null }]>`
      SELECT min("startedMs") AS "ms" FROM (
        SELECT "startedMs", "deviceId" FROM "Frame" WHERE "seq" > ${afterSeq}
        ORDER BY "seq" LIMIT ${MAX_TAIL}) AS "tail"
      WHERE ${conditionOf(range)}`;
    return found.ms === null ? undefined : Number(found.ms);
  }

  /** Removes the oldest frames received before a time, of those up to a number, up to a limit; answers how many. */
  async removeOldest(beforeMs: number, upToSeq: number, limit: number): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM "Frame" WHERE "receivedMs" < ${beforeMs} AND "seq" <= ${upToSeq}
      AND "seq" IN (SELECT "seq" FROM "Frame" ORDER BY "seq" LIMIT ${limit})`;
  }

  /** One JSON text for all rows, since a row at a time costs ten times as much. */
  private async collect(source: Prisma.Sql): Promise<FrameTimes[]> {
    const { client, dialect } = this.database;
    const query = dialect.collected(TIME_COLUMNS, source);
    const [found] = await client.$queryRaw<[{ rows: string }]>(query);
    return (JSON.parse(found.rows) as TimesRow[]).map(timesOf);
  }
}

function timesOf(row: TimesRow): FrameTimes {
  const [
    seq,
    startedMs,
    device,
    model,
    planVersion,
    outcome,
    uplinkMsPerByte,
    sentBytes,
    ...times
  ] = row;
  const [measured, predicted] = [times.slice(0, STAGES), times.slice(STAGES)];
  return {
    ...{ seq, startedMs, device, model, planVersion, outcome, uplinkMsPerByte, sentBytes },
    measuredMs: measured.map((ms) => ms ?? 0),
    // A prediction without one of its stages is none.
    predictedMs: predicted.every((ms) => ms !== null) ? predicted : undefined,
  };
}
