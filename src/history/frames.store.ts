/** The frames in the database: written in groups by one statement, read page by page along an index. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, jsonRows, Prisma } from '../platform/index.js';
import type { Outcome } from '../wire/index.js';
import { databaseTime, type FrameRow, frameColumns } from './frame-row.js';
import { measuredColumn, predictedColumn, timedStages } from './stages.js';

/** Frames of a device that started in [from, to); an absent end is open. */
export interface FrameRange {
  readonly device: string;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** A place in the order of frames: by start, and by arrival where starts are equal. */
export interface FramePlace {
  readonly startedAt: Date;
  readonly seq: number;
}

export type StoredFrame = Prisma.FrameGetPayload<object>;

/** One frame's times in ms: when it started, its outcome, then total … downlink measured, then predicted. */
export interface FrameTimes {
  readonly seq: number;
  readonly startedAtMs: number;
  readonly outcome: Outcome;
  readonly measuredMs: readonly number[];
  readonly predictedMs: readonly (number | null)[];
}

const COLUMN_LIST = Prisma.raw(frameColumns.map((name) => `"${name}"`).join(', '));
const VALUE_LIST = Prisma.raw(frameColumns.map((_, index) => `value ->> ${index}`).join(', '));
const TIME_COLUMNS = [...timedStages.map(measuredColumn), ...timedStages.map(predictedColumn)];
const TIME_LIST = Prisma.raw(TIME_COLUMNS.map((name) => `"${name}"`).join(', '));

function inRange({ device, from, to }: FrameRange): Prisma.Sql {
  const start =
    from === undefined ? Prisma.empty : Prisma.sql`AND startedAt >= ${databaseTime(from)}`;
  const end = to === undefined ? Prisma.empty : Prisma.sql`AND startedAt < ${databaseTime(to)}`;
  return Prisma.sql`deviceId = ${device} ${start} ${end}`;
}

@Injectable()
export class FramesStore {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Adds rows in one commit; those of devices that are gone, and those already there, are left out. Answers with the new ones. */
  async insert(rows: readonly FrameRow[]): Promise<{ deviceId: string; frame: string }[]> {
    return this.database.client.$queryRaw`
      INSERT INTO Frame (${COLUMN_LIST})
      SELECT ${VALUE_LIST} FROM json_each(${jsonRows(rows)})
      WHERE EXISTS (SELECT 1 FROM Device WHERE id = value ->> 0)
      ON CONFLICT (deviceId, frame) DO NOTHING
      RETURNING deviceId, frame`;
  }

  async hasDevice(device: string): Promise<boolean> {
    return (await this.database.client.device.count({ where: { id: device } })) > 0;
  }

  /** Newest first, from the place on (which is left out). */
  async page(
    range: FrameRange & { readonly outcome?: Outcome | undefined },
    limit: number,
    after?: FramePlace,
  ): Promise<StoredFrame[]> {
    const outcome =
      range.outcome === undefined ? Prisma.empty : Prisma.sql`AND outcome = ${range.outcome}`;
    const rest =
      after === undefined
        ? Prisma.empty
        : Prisma.sql`AND (startedAt, seq) < (${databaseTime(after.startedAt)}, ${after.seq})`;
    return this.database.client.$queryRaw`
      SELECT * FROM Frame WHERE ${inRange(range)} ${outcome} ${rest}
      ORDER BY startedAt DESC, seq DESC LIMIT ${limit}`;
  }

  /** Times only, oldest first, from the place on; one JSON text for the page, since a row at a time costs ten times as much. */
  async times(range: FrameRange, limit: number, after?: FramePlace): Promise<FrameTimes[]> {
    const rest =
      after === undefined
        ? Prisma.empty
        : Prisma.sql`AND (startedAt, seq) > (${databaseTime(after.startedAt)}, ${after.seq})`;
    const [page] = await this.database.client.$queryRaw<{ rows: string }[]>`
      SELECT json_group_array(json_array(seq, startedAt, outcome, ${TIME_LIST})) AS rows FROM (
        SELECT * FROM Frame WHERE ${inRange(range)} ${rest} ORDER BY startedAt, seq LIMIT ${limit})`;
    const rows = JSON.parse(page?.rows ?? '[]') as [number, string, Outcome, ...number[]][];
    return rows.map(([seq, startedAt, outcome, ...times]) => ({
      seq,
      startedAtMs: Date.parse(startedAt),
      outcome,
      measuredMs: times.slice(0, timedStages.length),
      predictedMs: times.slice(timedStages.length),
    }));
  }

  /** Removes the oldest frames received before a time, up to a number; answers how many. */
  async removeOldest(before: Date, limit: number): Promise<number> {
    return this.database.client.$executeRaw`
      DELETE FROM Frame WHERE receivedAt < ${databaseTime(before)}
      AND seq IN (SELECT seq FROM Frame ORDER BY seq LIMIT ${limit})`;
  }
}
