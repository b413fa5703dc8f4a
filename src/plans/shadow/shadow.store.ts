/** Desired documents with the reports of devices on them, for many devices at once. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, Prisma } from '../../platform/index.js';
import type { TwinName } from '../state/twins.store.js';

export type TwinRow = Prisma.TwinGetPayload<object>;
/** A version of a document without the document, which can be long. */
export type TwinState = Prisma.TwinGetPayload<{ omit: { document: true } }>;

interface TwinKey {
  readonly deviceId: string;
  readonly name: string;
  readonly version: number;
}

/** Where a page of drifts ended. */
export interface DriftPlace {
  readonly device: string;
  readonly name: string;
}

/** A key is three parameters, and a statement of SQLite takes 999. */
const AT_ONCE = 200;

@Injectable()
export class ShadowStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  /** The newest version of a document; null when there never was one. */
  newest(device: string, name: TwinName): Promise<TwinRow | null> {
    const where = { deviceId: device, name };
    return this.client.twin.findFirst({ where, orderBy: { version: 'desc' } });
  }

  /** The newest version that the device reported. */
  newestReported(device: string, name: TwinName): Promise<TwinState | null> {
    return this.client.twin.findFirst({
      where: { deviceId: device, name, reportedAt: { not: null } },
      orderBy: { version: 'desc' },
      omit: { document: true },
    });
  }

  /** The newest versions of both documents of many devices. */
  async newestOf(devices: readonly string[]): Promise<TwinState[]> {
    const found: TwinState[] = [];
    for (let from = 0; from < devices.length; from += AT_ONCE) {
      const some = devices.slice(from, from + AT_ONCE);
      const newest = await this.client.twin.groupBy({
        by: ['deviceId', 'name'],
        where: { deviceId: { in: some } },
        _max: { version: true },
      });
      const keys = newest.map(({ deviceId, name, _max }) => {
        return { deviceId, name, version: _max.version ?? 0 };
      });
      found.push(...(await this.statesOf(keys)));
    }
    return found;
  }

  /** The ids of the models that versions of the model document hand out, by device; null: none. */
  async modelsOf(keys: readonly TwinKey[]): Promise<Map<string, unknown>> {
    const models = new Map<string, unknown>();
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const rows = await this.client.twin.findMany({
        where: { OR: keys.slice(from, from + AT_ONCE).map(conditionOf) },
        select: { deviceId: true, document: true },
      });
      for (const { deviceId, document } of rows) {
        models.set(deviceId, (document as { model?: unknown } | null)?.model);
      }
    }
    return models;
  }

  /** Newest documents that are not applied, by device and name; a plan of before the newest model is not waited for. */
  async drifted(
    group: string | undefined,
    limit: number,
    after: DriftPlace | undefined,
  ): Promise<TwinState[]> {
    const ofGroup =
      group === undefined
        ? Prisma.empty
        : Prisma.sql`AND EXISTS (SELECT 1 FROM "Device" AS d
            WHERE d."id" = t."deviceId" AND d."group" = ${group})`;
    const rest =
      after === undefined
        ? Prisma.empty
        : Prisma.sql`AND (t."deviceId", t."name") > (${after.device}, ${after.name})`;
    const keys = await this.client.$queryRaw<TwinKey[]>`
      SELECT t."deviceId", t."name", t."version" FROM "Twin" AS t
      WHERE t."appliedAt" IS NULL ${ofGroup} ${rest}
        AND NOT EXISTS (SELECT 1 FROM "Twin" AS n WHERE n."deviceId" = t."deviceId"
          AND n."name" = t."name" AND n."version" > t."version")
        AND (t."name" <> 'plan' OR NOT EXISTS (SELECT 1 FROM "Twin" AS m
          WHERE m."deviceId" = t."deviceId" AND m."name" = 'model' AND m."createdAt" > t."createdAt"))
      ORDER BY t."deviceId", t."name" LIMIT ${limit}`;
    return this.statesOf(keys.map((key) => ({ ...key, version: Number(key.version) })));
  }

  /** In the order of the keys, where that is by device and name. */
  private async statesOf(keys: readonly TwinKey[]): Promise<TwinState[]> {
    const found: TwinState[] = [];
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const states = await this.client.twin.findMany({
        where: { OR: keys.slice(from, from + AT_ONCE).map(conditionOf) },
        orderBy: [{ deviceId: 'asc' }, { name: 'asc' }],
        omit: { document: true },
      });
      found.push(...states);
    }
    return found;
  }
}

function conditionOf({ deviceId, name, version }: TwinKey): TwinKey {
  return { deviceId, name, version };
}
