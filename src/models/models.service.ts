/** The use cases of models: upload, updates, findings, deletion. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { EventBus, type FoundModel, ModelReferences } from '../platform/index.js';
import { type EncodingPolicy, Fault, isStricter, type ModelDocument } from '../wire/index.js';
import type { EncodedLoss } from './examination/accuracy/accuracy.js';
import type { Examined, Progress } from './examination/examined.js';
import { Examinations } from './queue/examinations.js';
import { type UpdateRequest, Updates } from './queue/updates.js';
import { type BlockFile, BlockStore } from './store/block-store.js';
import { InTurn } from './store/in-turn.js';
import {
  type ModelRow,
  type ModelSummaryRow,
  type ModelsPage,
  ModelsStore,
} from './store/models.store.js';
import { documentOf, findingsOf, manifestOf, refusalOf } from './store/stored-model.js';
import { discardForm } from './uploads/form.js';
import type { Upload } from './uploads/upload-request.js';

/** The compression policy of a model and the losses of its encodings. */
export interface EncodingRules {
  readonly policy: EncodingPolicy;
  readonly losses: readonly EncodedLoss[];
  /** Cloud time to decode an encoded byte; models of earlier versions were not measured. */
  readonly decodeMsPerByte: Partial<NonNullable<Examined['decodeMsPerByte']>>;
}

/** What became of a request: the model now, and as it is when all that was asked for is done. */
export interface Requested {
  readonly model: ModelRow;
  readonly isNew: boolean;
  /** Undefined where nothing is left to do. Rejects with the fault of the examination or of the update. */
  readonly done?: Promise<ModelRow> | undefined;
}

/** The reason why a model that no device is assigned is in use; undefined when it is not. */
export type ModelUse = (id: string) => Promise<string | undefined>;

@Injectable()
export class ModelsService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly registrations = new InTurn();
  private readonly examined = new Map<string, Promise<void>>();
  private readonly uses: ModelUse[] = [];

  constructor(
    @Inject(ModelsStore) private readonly store: ModelsStore,
    @Inject(BlockStore) private readonly blocks: BlockStore,
    @Inject(Examinations) private readonly examinations: Examinations,
    @Inject(Updates) private readonly updates: Updates,
    @Inject(ModelReferences) private readonly references: ModelReferences,
    @Inject(EventBus) private readonly events: EventBus,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.examinations.open();
    await this.updates.open();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.examinations.close();
    await this.updates.close();
  }

  /** Folder of incoming files. */
  get incoming(): string {
    return this.examinations.incoming;
  }

  /**
   * Registers an uploaded model and starts its examination. The same file, name and manifest are the model that is there: calibration
   * inputs that come with them update its accuracy. Throws RATE_LIMITED when too many wait, SHUTTING_DOWN.
   */
  async register(upload: Upload): Promise<Requested> {
    return this.registrations.run(async () => {
      try {
        const same = await this.findSame(upload);
        if (same !== undefined) return await this.registerAgain(same, upload);
        this.examinations.checkRoom();
        const { name, manifest, file } = upload;
        const id = randomBytes(6).toString('hex');
        const { digest, bytes } = file;
        const model = await this.store.create({ id, name, digest, manifest, bytes });
        this.examined.set(id, this.examine(id, upload));
        return { model, isNew: true, ...this.readyLater(id) };
      } catch (error) {
        await discardForm(upload);
        throw error;
      }
    });
  }

  /**
   * The model once its examination is over. Throws the Fault it is refused with, DISK_FULL among them; SHUTTING_DOWN
   * when the examination was stopped.
   */
  async whenReady(id: string): Promise<ModelRow> {
    await this.examined.get(id);
    const model = await this.get(id);
    if (model.state === 'ready') return model;
    throw refusalOf(model) ?? new Fault('SHUTTING_DOWN', 'the service is stopping');
  }

  /** The model that a request names: by id, digest, name (the newest ready one) or name@version. Throws MODEL_UNKNOWN. */
  async resolve(reference: string): Promise<FoundModel> {
    return this.references.find(reference);
  }

  /** Throws MODEL_UNKNOWN. */
  async get(id: string): Promise<ModelRow> {
    const model = await this.store.find(id);
    if (model === null) throw new Fault('MODEL_UNKNOWN', `model '${id}' not found`);
    return this.shown(model);
  }

  /** How far the examination of a model is; undefined when there is none. */
  progressOf(id: string): Progress | undefined {
    return this.examinations.progressOf(id);
  }

  /** Newest first. */
  async page(page: ModelsPage): Promise<ModelSummaryRow[]> {
    const rows = await this.store.page(page);
    return rows.map((row) => this.shown(row));
  }

  /**
   * Changes a model while its blocks stay: policies, the meaning of inputs and outputs, the inputs that accuracy is measured on. What
   * needs a measurement, or comes while one is under way, becomes an update in the queue. Devices that run the model follow.
   * Throws MODEL_UNKNOWN, MANIFEST_INVALID, RATE_LIMITED, SHUTTING_DOWN and the fault of a refused model.
   */
  async change(id: string, request: UpdateRequest): Promise<Requested> {
    return this.updates.inTurn(async () => {
      try {
        const before = await this.get(id);
        if (!this.updates.isImmediate(before, request)) return await this.update(before, request);
        await discardForm(request);
        const model = await this.updates.write(before, request.change);
        if (model === undefined) return { model: await this.get(id), isNew: false };
        this.announce(before, model);
        return { model, isNew: false };
      } catch (error) {
        await discardForm(request);
        throw error;
      }
    });
  }

  /** Removes a model, and its blocks that no other model has. Throws MODEL_UNKNOWN, MODEL_IN_USE. */
  async remove(id: string): Promise<void> {
    await this.get(id);
    await this.checkUnused(id);
    await this.examinations.cancel(id);
    await this.blocks.exclusively(async () => {
      const digests = await this.store.blockDigests(id);
      if (!(await this.store.removeUnused(id))) await this.checkUnused(id);
      const inUse = await this.store.digestsInUse([...digests]);
      for (const digest of digests) if (!inUse.has(digest)) await this.blocks.remove(digest);
    });
    this.examinations.outcomes.forget(id);
    this.updates.outcomes.forget(id);
    this.events.emit('models.deleted', { model: id });
  }

  /** Registers a check before removals: a model is kept while the check returns a reason. */
  keepWhile(use: ModelUse): void {
    this.uses.push(use);
  }

  /** The document of a model; undefined for an unknown model, or one that is not ready. */
  async documentOf(id: string): Promise<ModelDocument | undefined> {
    const model = await this.store.find(id);
    const found = model && findingsOf(model);
    return model && found ? documentOf(model, found) : undefined;
  }

  /** Median milliseconds of each block in the cloud, by digest; undefined as for documentOf. */
  async cloudTimesOf(id: string): Promise<ReadonlyMap<string, number> | undefined> {
    const model = await this.store.find(id);
    const found = model && findingsOf(model);
    return found ? new Map(found.cloud.map((one) => [one.digest, one.medianMs])) : undefined;
  }

  /** The compression policy and the measured losses; undefined as for documentOf. */
  async encodingRulesOf(id: string): Promise<EncodingRules | undefined> {
    const model = await this.store.find(id);
    const found = model && findingsOf(model);
    if (!model || !found) return undefined;
    const { accuracy, decodeMsPerByte } = found;
    const { policy } = manifestOf(model);
    return { policy, losses: accuracy?.tensors ?? [], decodeMsPerByte: decodeMsPerByte ?? {} };
  }

  /** The path of a block; the caller checks the bytes against the digest. */
  blockPath(digest: string): string {
    return this.blocks.pathOf(digest);
  }

  /** A block's file, checked. Throws BLOCK_UNKNOWN, BLOCK_CORRUPT. */
  async block(digest: string): Promise<BlockFile> {
    return this.blocks.verified(digest);
  }

  /** A row with the outcomes that the database has not taken yet. */
  private shown<R extends ModelSummaryRow>(row: R): R {
    return this.updates.outcomes.shown(this.examinations.outcomes.shown(row));
  }

  private async registerAgain(model: ModelRow, { file, calibration }: Upload): Promise<Requested> {
    await file.discard();
    if (calibration.length > 0) return this.change(model.id, { change: {}, calibration });
    return { model, isNew: false, ...(model.state === 'checking' && this.readyLater(model.id)) };
  }

  private readyLater(id: string): Pick<Requested, 'done'> {
    return { done: handled(this.whenReady(id)) };
  }

  private async update(before: ModelRow, request: UpdateRequest): Promise<Requested> {
    const { outcome } = await this.updates.begin(before, request);
    const done = outcome.then((model) => {
      this.announce(before, model);
      return model;
    });
    return { model: await this.get(before.id), isNew: false, done: handled(done) };
  }

  private announce(before: ModelRow, { id, ...after }: ModelRow): void {
    const { leaves } = manifestOf(after);
    this.events.emit('models.changed', {
      ...{ model: id, leaves },
      isStricter: isStricter(leaves, manifestOf(before).leaves),
    });
  }

  private async examine(id: string, upload: Upload): Promise<void> {
    const isReady = await this.examinations.examine(id, upload);
    this.examined.delete(id);
    if (isReady) this.events.emit('models.ready', { model: id });
  }

  private async findSame({ name, file, manifest }: Upload): Promise<ModelRow | undefined> {
    const candidates = await this.store.findSame(name, file.digest);
    const { outcomes } = this.examinations;
    return candidates.find(
      (model) =>
        outcomes.of(model.id) === undefined && isDeepStrictEqual(manifestOf(model), manifest),
    );
  }

  private async checkUnused(id: string): Promise<void> {
    const devices = await this.store.deviceCount(id);
    if (devices > 0) {
      const text = `the model is assigned to ${devices} device(s); assign another model first`;
      throw new Fault('MODEL_IN_USE', text);
    }
    // After the devices: a use that may assign the model again registers before it unassigns.
    for (const use of this.uses) {
      const because = await use(id);
      if (because !== undefined) throw new Fault('MODEL_IN_USE', because);
    }
  }
}

/** A promise whose rejection its holder might never look at, after an answer that did not wait. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
