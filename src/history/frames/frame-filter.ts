/** Which frames are meant: the conditions that pages, exports and latencies share, for rows and for cells of roll-ups. */
import { isOneOf, Prisma } from '../../platform/database/index.js';
import { type LinkClass, msPerByteOf, type Outcome } from '../../wire/index.js';

/** What is not given does not matter. */
export interface FrameFilter {
  /** Digests of models. */
  readonly models?: readonly string[] | undefined;
  readonly planVersion?: number | undefined;
  readonly outcome?: Outcome | undefined;
  readonly link?: LinkClass | undefined;
}

/** Devices, and when a frame began: in [fromMs, toMs). */
export interface FrameRange extends FrameFilter {
  /** Absent: the whole fleet. */
  readonly devices?: readonly string[] | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** The condition on rows of "Frame". */
export function conditionOf(range: FrameRange): Prisma.Sql {
  const { devices, fromMs, toMs, models, planVersion, outcome, link } = range;
  const parts = [Prisma.sql`1 = 1`];
  if (devices !== undefined) parts.push(isOneOf('deviceId', devices));
  if (fromMs !== undefined) parts.push(Prisma.sql`"startedMs" >= ${fromMs}`);
  if (toMs !== undefined) parts.push(Prisma.sql`"startedMs" < ${toMs}`);
  if (models !== undefined) parts.push(isOneOf('model', models));
  if (planVersion !== undefined) parts.push(Prisma.sql`"planVersion" = ${planVersion}`);
  if (outcome !== undefined) parts.push(Prisma.sql`"outcome" = ${outcome}`);
  if (link !== undefined) parts.push(hasLink(link));
  return Prisma.join(parts, ' AND ');
}

function hasLink(link: LinkClass): Prisma.Sql {
  if (link === 'unknown') return Prisma.sql`"uplinkMsPerByte" IS NULL`;
  const [above, atMost] = msPerByteOf(link);
  const limit = Number.isFinite(atMost)
    ? Prisma.sql`AND "uplinkMsPerByte" <= ${atMost}`
    : Prisma.empty;
  return Prisma.sql`("uplinkMsPerByte" > ${above} ${limit})`;
}
