/** Twins and block profiles in the database, and what planning reads of devices. */
import { Inject, Injectable } from '@nestjs/common';
import { type DeviceLimits, LIMIT_COLUMNS, limitsOf } from '../../fleet/index.js';
import { isStrategyName, type StrategyName } from '../../planner/index.js';
import { type Columns, Database, Prisma } from '../../platform/index.js';
import type { Birth, Telemetry } from '../../wire/index.js';
import {
  type BlockProfile,
  birth,
  clamp,
  type Reported,
  ranges,
  telemetry,
  withinRanges,
} from '../../wire/index.js';

export type TwinName = 'plan' | 'model';

/** One version of a desired document. */
export interface TwinVersion {
  readonly version: number;
  readonly document: unknown;
  readonly createdAt: Date;
  readonly causeCode: string;
  readonly causeText: string;
  readonly reportedAt: Date | null;
  readonly appliedAt: Date | null;
  readonly refusal: unknown;
}

/** What planning reads of a device; `birth` and `telemetry` are the last ones that were stored. */
export interface DeviceFacts {
  readonly modelId: string | null;
  readonly deadlineMs: number | null;
  readonly limits: DeviceLimits;
  /** `auto` for a name that an older or newer version wrote. */
  readonly strategy: StrategyName;
  readonly birth: Birth | undefined;
  readonly telemetry: Telemetry | undefined;
  readonly telemetryAt: Date | null;
  readonly lastSeenAt: Date | null;
}

// An earlier version stored numbers outside the ranges of today.
const birthWithinRanges = withinRanges(birth);
const telemetryWithinRanges = withinRanges(telemetry);

const TWIN_FIELDS = {
  version: true,
  document: true,
  createdAt: true,
  causeCode: true,
  causeText: true,
  reportedAt: true,
  appliedAt: true,
  refusal: true,
} as const;

const PROFILE_COLUMNS = {
  deviceId: 'text',
  digest: 'text',
  medianMs: 'real',
  spreadMs: 'real',
  runs: 'integer',
  measuredAt: 'time',
} as const satisfies Columns;

@Injectable()
export class TwinsStore {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Undefined for a device that does not exist. */
  async facts(device: string): Promise<DeviceFacts | undefined> {
    const row = await this.database.client.device.findUnique({
      where: { id: device },
      select: {
        modelId: true,
        deadlineMs: true,
        strategy: true,
        ...LIMIT_COLUMNS,
        birth: true,
        telemetry: true,
        telemetryAt: true,
        lastSeenAt: true,
      },
    });
    if (row === null) return undefined;
    const { modelId, deadlineMs, strategy, telemetryAt, lastSeenAt } = row;
    return {
      ...{ modelId, deadlineMs, telemetryAt, lastSeenAt, limits: limitsOf(row) },
      strategy: isStrategyName(strategy) ? strategy : 'auto',
      birth: birth.safeParse(birthWithinRanges(row.birth)).data,
      telemetry: telemetry.safeParse(telemetryWithinRanges(row.telemetry)).data,
    };
  }

  async devicesOf(modelId: string): Promise<string[]> {
    const rows = await this.database.client.device.findMany({
      where: { modelId },
      select: { id: true },
    });
    return rows.map(({ id }) => id);
  }

  async saveVersion(
    device: string,
    name: TwinName,
    version: number,
    document: unknown,
    cause: { code: string; text: string },
  ): Promise<void> {
    await this.database.client.twin.create({
      data: {
        deviceId: device,
        name,
        version,
        document: document as Prisma.InputJsonValue,
        causeCode: cause.code,
        causeText: cause.text,
      },
    });
  }

  /** Newest first; `before` leaves out that version and all later ones. */
  versions(device: string, name: TwinName, limit: number, before?: number): Promise<TwinVersion[]> {
    return this.database.client.twin.findMany({
      where: {
        deviceId: device,
        name,
        ...(before === undefined ? {} : { version: { lt: before } }),
      },
      orderBy: { version: 'desc' },
      take: limit,
      select: TWIN_FIELDS,
    });
  }

  /** Stores the report of a device on a version; the latest report counts. False when there is no such version. */
  async saveReport(device: string, name: TwinName, reported: Reported, at: Date): Promise<boolean> {
    const { count } = await this.database.client.twin.updateMany({
      where: { deviceId: device, name, version: reported.version },
      data: {
        reportedAt: at,
        appliedAt: reported.state === 'applied' ? at : null,
        refusal: reported.state === 'refused' ? (reported.fault ?? {}) : Prisma.DbNull,
      },
    });
    return count > 0;
  }

  /** Device times of blocks, by digest. */
  async profileOf(device: string): Promise<Map<string, number>> {
    const rows = await this.database.client.blockProfile.findMany({
      where: { deviceId: device },
      select: { digest: true, medianMs: true },
    });
    return new Map(rows.map(({ digest, medianMs }) => [digest, clamp(medianMs, ranges.blockMs)]));
  }

  /**
   * Those blocks of a profile that some model has, in one statement; returns their digests. A device chooses the digests: others
   * would stay for ever.
   */
  async saveProfile(
    device: string,
    blocks: readonly BlockProfile[],
    at: Date,
  ): Promise<ReadonlySet<string>> {
    const rows = blocks.map(({ digest, medianMs, spreadMs, runs }) => {
      return [device, digest, medianMs, spreadMs, runs, at];
    });
    const given = this.database.dialect.rows('given', PROFILE_COLUMNS, rows);
    const saved = await this.database.client.$queryRaw<{ digest: string }[]>`
      INSERT INTO "BlockProfile" ("deviceId", "digest", "medianMs", "spreadMs", "runs", "measuredAt")
      SELECT * FROM ${given}
      WHERE EXISTS (SELECT 1 FROM "ModelBlock" WHERE "ModelBlock"."digest" = "given"."digest")
      ON CONFLICT ("deviceId", "digest") DO UPDATE SET
        "medianMs" = excluded."medianMs", "spreadMs" = excluded."spreadMs",
        "runs" = excluded."runs", "measuredAt" = excluded."measuredAt"
      RETURNING "digest"`;
    return new Set(saved.map(({ digest }) => digest));
  }
}
