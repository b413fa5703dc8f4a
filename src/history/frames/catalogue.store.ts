/** What the history reads of devices and models: which there are, and by which digests frames know a model. */
import {
  type Columns,
  type Database,
  ModelReferences,
  Prisma,
  portionsOf,
  queriesOf,
} from '../../platform/database/index.js';

/** Which devices, as a caller names them; absent fields do not matter. */
export interface DeviceChoice {
  readonly group?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly devices?: readonly string[] | undefined;
}

const PLAN_COLUMNS = { device: 'text', version: 'integer' } as const satisfies Columns;

export class CatalogueStore {
  private readonly models: ModelReferences;

  constructor(private readonly database: Database) {
    this.models = new ModelReferences(database);
  }

  async hasDevice(id: string): Promise<boolean> {
    return (await this.database.client.device.count({ where: { id } })) > 0;
  }

  /** Ids of the devices of a group, with all of some tags, and of a list where one is given; of all devices where nothing is. */
  async devicesOf(choice: DeviceChoice): Promise<string[]> {
    const found: string[] = [];
    for (const where of queriesOf({ ...choice, all: true })) {
      const rows = await this.database.client.device.findMany({ where, select: { id: true } });
      found.push(...rows.map(({ id }) => id));
    }
    return found;
  }

  /** When the first of some devices, or of all, was enrolled; undefined where there is none. */
  async firstEnrolledMs(devices: readonly string[] | undefined): Promise<number | undefined> {
    const parts = devices === undefined ? [undefined] : [...portionsOf(devices)];
    const firsts: number[] = [];
    for (const ids of parts) {
      const { _min: first } = await this.database.client.device.aggregate({
        ...(ids !== undefined && { where: { id: { in: ids } } }),
        _min: { createdAt: true },
      });
      if (first.createdAt !== null) firsts.push(first.createdAt.getTime());
    }
    return firsts.length > 0 ? Math.min(...firsts) : undefined;
  }

  /**
   * The digests by which frames know the models of a reference, and of a version where one is given. A digest that no model has is that
   * of a model that is gone. Throws MODEL_UNKNOWN.
   */
  async digestsOf(model: string | undefined, version: number | undefined): Promise<string[]> {
    if (model === undefined) {
      const where = { ...(version !== undefined && { version }), state: 'ready' };
      const rows = await this.database.client.model.findMany({
        ...{ where, select: { documentDigest: true } },
      });
      return distinct(rows.map(({ documentDigest }) => documentDigest));
    }
    const found = await this.models.filtered(model);
    if (found.length === 0) return [model];
    const meant = version === undefined ? found : found.filter((one) => one.version === version);
    return distinct(meant.map(({ digest }) => digest));
  }

  /** The digests by which frames know the models there are. */
  async modelDigests(): Promise<ReadonlySet<string>> {
    const rows = await this.database.client.model.findMany({
      ...{ where: { state: 'ready' }, select: { documentDigest: true } },
    });
    return new Set(distinct(rows.map(({ documentDigest }) => documentDigest)));
  }

  /** Those of some plans, as `device version`, that the service has made for the device. */
  async plansAmong(
    named: readonly { readonly device: string; readonly planVersion: number }[],
  ): Promise<ReadonlySet<string>> {
    const { client, dialect } = this.database;
    const distinct = new Map(
      named.map(({ device, planVersion }) => [`${device} ${planVersion}`, [device, planVersion]]),
    );
    const given = dialect.rows('given', PLAN_COLUMNS, [...distinct.values()]);
    const source = Prisma.sql`
      SELECT "Twin"."deviceId", "Twin"."version" FROM ${given} JOIN "Twin"
      ON "Twin"."deviceId" = "given"."device" AND "Twin"."name" = 'plan'
      AND "Twin"."version" = "given"."version"`;
    const [found] = await client.$queryRaw<[{ rows: string }]>(
      dialect.collected(['"deviceId"', '"version"'], source),
    );
    return new Set((JSON.parse(found.rows) as [string, number][]).map((plan) => plan.join(' ')));
  }
}

const distinct = (digests: readonly (string | null)[]): string[] => [
  ...new Set(digests.filter((digest) => digest !== null)),
];
