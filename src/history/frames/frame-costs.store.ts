/** What the frames of some devices cost, each in a time of its own: exact figures from the frames themselves. */
import { type Columns, type Database, isOneOf, Prisma } from '../../platform/database/index.js';
import { clamp, nearestRank, outcomes, ranges } from '../../wire/index.js';

/** Frames of a device that began in [fromMs, toMs). */
export interface FrameSpan {
  readonly device: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface FrameCosts {
  readonly frames: number;
  readonly failed: number;
  /** Frames that the device had to finish because the cloud did not answer. */
  readonly fallbacks: number;
  /** Of the frames that did not fail, nearest rank; null without any. */
  readonly p95Ms: number | null;
}

const SPAN_COLUMNS = { device: 'text', fromMs: 'integer', toMs: 'integer' } satisfies Columns;
const [FAILED, FALLBACK] = [outcomes[3], outcomes[2]];
const PERCENTILE = 95;

export class FrameCostsStore {
  constructor(private readonly database: Database) {}

  /** With a digest, only frames of that model. */
  async costs(spans: readonly FrameSpan[], digest: string | undefined): Promise<FrameCosts> {
    const { client } = this.database;
    const chosen = this.framesIn(spans, digest);
    const counts = await client.$queryRaw<{ outcome: string; n: number | bigint }[]>`
      SELECT "outcome", count(*) AS "n" ${chosen} GROUP BY "outcome"`;
    const count = (of: string) => Number(counts.find(({ outcome }) => outcome === of)?.n ?? 0);
    const frames = counts.reduce((sum, { n }) => sum + Number(n), 0);
    const [failed, fallbacks] = [count(FAILED), count(FALLBACK)];
    const timed = frames - failed;
    if (timed === 0) return { frames, failed, fallbacks, p95Ms: null };
    const [at] = await client.$queryRaw<{ totalMs: number }[]>`
      SELECT "totalMs" ${chosen} AND "outcome" <> ${FAILED}
      ORDER BY "totalMs" LIMIT 1 OFFSET ${nearestRank(PERCENTILE, timed) - 1}`;
    return {
      frames,
      failed,
      fallbacks,
      p95Ms: at === undefined ? null : clamp(at.totalMs, ranges.durationMs),
    };
  }

  /** How many frames each device began in its span; devices without any are left out. With a digest, only of that model. */
  async counts(
    spans: readonly FrameSpan[],
    digest: string | undefined,
  ): Promise<Map<string, number>> {
    const counts = await this.database.client.$queryRaw<{ device: string; n: number | bigint }[]>`
      SELECT span."device" AS "device", count(*) AS "n" ${this.framesIn(spans, digest)}
      GROUP BY span."device"`;
    return new Map(counts.map(({ device, n }) => [device, Number(n)]));
  }

  private framesIn(spans: readonly FrameSpan[], digest: string | undefined): Prisma.Sql {
    const rows = spans.map(({ device, fromMs, toMs }) => [device, fromMs, toMs]);
    const given = this.database.dialect.rows('span', SPAN_COLUMNS, rows);
    const ofModel = digest === undefined ? Prisma.sql`1 = 1` : isOneOf('model', [digest]);
    // SQLite takes the tables of a CROSS JOIN in their order: for each span a stretch of an index.
    return Prisma.sql`
      FROM ${given} CROSS JOIN "Frame"
      WHERE "Frame"."deviceId" = span."device"
        AND "Frame"."startedMs" >= span."fromMs" AND "Frame"."startedMs" < span."toMs"
        AND ${ofModel}`;
  }
}
