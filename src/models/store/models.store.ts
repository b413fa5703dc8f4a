/** The models in the database: the only place of this folder that knows Prisma. */
import { Inject, Injectable } from '@nestjs/common';
import { Database, isBehind, Prisma, portionsOf } from '../../platform/index.js';
import type { Fault, ModelManifest } from '../../wire/index.js';
import type { Examined, Update } from '../examination/examined.js';

export type ModelRow = Prisma.ModelGetPayload<object>;

/** The row without what the examination found, which can be long. */
export type ModelSummaryRow = Prisma.ModelGetPayload<{ omit: { document: true } }>;

export type ModelState = 'checking' | 'ready' | 'refused';

export interface NewModel {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the file. */
  readonly digest: string;
  readonly manifest: ModelManifest;
  readonly bytes: number;
}

export interface ModelsPage {
  readonly name?: string | undefined;
  /** Without it, all but refused ones. */
  readonly state?: ModelState | 'all' | undefined;
  /** The place of the last model of the page before. */
  readonly after?: { readonly createdAt: Date; readonly id: string } | undefined;
  readonly limit: number;
}

/** What an update changes; an absent part stays. */
export interface FoundUpdate {
  readonly manifest?: ModelManifest | undefined;
  readonly found?: Examined | undefined;
  readonly update?: Update | undefined;
}

@Injectable()
export class ModelsStore {
  private readonly client: Database['client'];

  constructor(@Inject(Database) database: Database) {
    this.client = database.client;
  }

  /** Adds a model in state checking, without a version of its name yet; must not run concurrently. */
  async create({ manifest, bytes, ...model }: NewModel): Promise<ModelRow> {
    const { name } = model;
    const lowest = await this.client.model.aggregate({ where: { name }, _min: { version: true } });
    const version = Math.min(lowest._min.version ?? 0, 0) - 1;
    return this.client.model.create({
      data: { ...model, version, manifest, bytes: BigInt(bytes), state: 'checking' },
    });
  }

  async find(id: string): Promise<ModelRow | null> {
    return this.client.model.findUnique({ where: { id } });
  }

  /** Models made of the same file under the same name that were not refused, newest first. */
  async findSame(name: string, digest: string): Promise<ModelRow[]> {
    const where = { name, digest, state: { not: 'refused' } };
    const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
    return this.client.model.findMany({ where, orderBy });
  }

  /** Newest first. */
  async page({ name, state, after, limit }: ModelsPage): Promise<ModelSummaryRow[]> {
    return this.client.model.findMany({
      omit: { document: true },
      where: {
        ...(name !== undefined && { name }),
        ...(state === undefined && { state: { not: 'refused' } }),
        ...(state !== undefined && state !== 'all' && { state }),
        ...isBehind(after),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }

  /**
   * What an update found, with the manifest that it was found under; an absent part stays. Undefined when the model was removed
   * meanwhile.
   */
  async setFindings(
    id: string,
    { manifest, found, update }: FoundUpdate,
  ): Promise<ModelRow | undefined> {
    const [row] = await this.client.model.updateManyAndReturn({
      where: { id },
      data: {
        ...(manifest !== undefined && { manifest }),
        ...(found !== undefined && { document: found }),
        ...(update !== undefined && { lastUpdate: update }),
      },
    });
    return row;
  }

  /** Models whose newest update is under way by its row: of an earlier process, when this one has begun none. */
  async updating(): Promise<{ readonly id: string; readonly update: Update }[]> {
    const rows = await this.client.model.findMany({
      where: { lastUpdate: { not: Prisma.DbNull } },
      select: { id: true, lastUpdate: true },
    });
    return rows
      .map(({ id, lastUpdate }) => ({ id, update: lastUpdate as unknown as Update }))
      .filter(({ update }) => update.state === 'running');
  }

  /** Gives a model the next version of its name; must not run concurrently. False when it was removed meanwhile. */
  async setReady(id: string, found: Examined, at: Date): Promise<boolean> {
    const row = await this.client.model.findUnique({ where: { id }, select: { name: true } });
    if (row === null) return false;
    const newest = await this.client.model.aggregate({
      ...{ where: { name: row.name }, _max: { version: true } },
    });
    const version = Math.max(newest._max.version ?? 0, 0) + 1;
    const blocks = found.blocks.map(({ digest, bytes }, position) => ({
      position,
      digest,
      bytes: BigInt(bytes),
    }));
    await this.client.model.update({
      where: { id },
      data: {
        ...{ state: 'ready', version, readyAt: at },
        ...{ document: found, documentDigest: found.digest, blocks: { create: blocks } },
      },
    });
    return true;
  }

  async setRefused(id: string, { code, message }: Fault): Promise<void> {
    const data = { state: 'refused', fault: { code, message } };
    await this.client.model.updateMany({ where: { id, state: 'checking' }, data });
  }

  /** Ids of the models whose examination was not finished. */
  async unfinished(): Promise<string[]> {
    const rows = await this.client.model.findMany({
      where: { state: 'checking' },
      select: { id: true },
    });
    return rows.map(({ id }) => id);
  }

  /** Removes refused uploads that came before; they have no blocks. */
  async removeRefused(before: Date): Promise<number> {
    const where = { state: 'refused', createdAt: { lt: before } };
    return (await this.client.model.deleteMany({ where })).count;
  }

  /** Removes a model no device is assigned; false when there is none such. */
  async removeUnused(id: string): Promise<boolean> {
    const { count } = await this.client.model.deleteMany({ where: { id, devices: { none: {} } } });
    return count === 1;
  }

  /** Devices a model is assigned to. */
  async deviceCount(id: string): Promise<number> {
    return this.client.device.count({ where: { modelId: id } });
  }

  /** Digests of the blocks of one model, or of all. */
  async blockDigests(modelId?: string): Promise<Set<string>> {
    const rows = await this.client.modelBlock.findMany({
      where: modelId === undefined ? {} : { modelId },
      select: { digest: true },
      distinct: ['digest'],
    });
    return new Set(rows.map(({ digest }) => digest));
  }

  /** Of some digests those that a model is made of. */
  async digestsInUse(digests: readonly string[]): Promise<Set<string>> {
    const used = new Set<string>();
    for (const some of portionsOf(digests)) {
      const rows = await this.client.modelBlock.findMany({
        where: { digest: { in: some } },
        select: { digest: true },
        distinct: ['digest'],
      });
      for (const { digest } of rows) used.add(digest);
    }
    return used;
  }
}
