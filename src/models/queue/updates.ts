/**
 * Updates of models that are there: accuracy on other inputs, or inputs and outputs with another meaning.
 *
 * An update that measures waits in the queue of examinations. It is written whole at its end, or not at all: a stop at any moment leaves
 * the model as it was, and the next start says so in its `lastUpdate`.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, Log } from '../../platform/index.js';
import { asFault, Fault } from '../../wire/index.js';
import type { Examined, Progress, Update } from '../examination/examined.js';
import { examined } from '../examination/examined.js';
import { withExaminer } from '../examination/examiner.js';
import type { MeasureCall } from '../examination/examiner-process.js';
import {
  type ChangedDescription,
  changedDescription,
  changedManifest,
  type ManifestChange,
} from '../examination/inputs/manifest-change.js';
import { BlockStore } from '../store/block-store.js';
import { InTurn } from '../store/in-turn.js';
import { type ModelRow, ModelsStore } from '../store/models.store.js';
import { findingsOf, manifestOf, refusalOf } from '../store/stored-model.js';
import type { ReceivedFile } from '../uploads/upload.js';
import { isMeasuredOn, withFiles } from './calibration-files.js';
import { Examinations, SEED } from './examinations.js';
import { UpdateOutcomes } from './outcomes.js';

/** What a request adds to a model that is there. */
export interface UpdateRequest {
  readonly change: ManifestChange;
  readonly file?: undefined;
  /** Inputs to measure accuracy on; the update removes them. */
  readonly calibration: readonly ReceivedFile[];
}

const measured = examined.shape.accuracy.unwrap();

@Injectable()
export class Updates {
  /** Ends of failed updates, also those that are not in the database yet. */
  readonly outcomes: UpdateOutcomes;
  /** Two writes at a time would each write back what the other changed. */
  private readonly writes = new InTurn();

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Log) private readonly log: Log,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(ModelsStore) private readonly store: ModelsStore,
    @Inject(BlockStore) private readonly blocks: BlockStore,
    @Inject(Examinations) private readonly examinations: Examinations,
  ) {
    const end = async (model: string, update: Update): Promise<void> => {
      await this.store.setFindings(model, { update });
    };
    this.outcomes = new UpdateOutcomes(end, clock, log);
  }

  /** Ends the updates of an earlier process: they have changed nothing. */
  async open(): Promise<void> {
    const text = 'service stopped during the update, which changed nothing; send it again';
    for (const { id, update } of await this.store.updating()) {
      const fault = { code: 'SHUTTING_DOWN', message: text };
      const endedAt = this.clock.now().toISOString();
      await this.store.setFindings(id, { update: { ...update, state: 'failed', endedAt, fault } });
      this.log.warn({ model: id }, text);
    }
  }

  /** Stores what was kept, where the database takes it. */
  close(): Promise<void> {
    return this.outcomes.close();
  }

  /** Runs an action on a model that no other write comes between. */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    return this.writes.run(action);
  }

  /**
   * True for a change that needs no measurement and nothing that is under way: it can be written now. Throws MANIFEST_INVALID for
   * what does not fit the model, and the fault of a refused one.
   */
  isImmediate(row: ModelRow, { change, calibration }: UpdateRequest): boolean {
    const refusal = refusalOf(row);
    if (refusal !== undefined) throw refusal;
    const found = findingsOf(row);
    const isOfPolicies = change.inputs === undefined && change.outputs === undefined;
    const changed = found && changedDescription(found, change);
    if (isOfPolicies && calibration.length === 0) return true;
    if (changed === undefined || this.examinations.countOf(row.id) > 0) return false;
    const isMeasured = calibration.length === 0 || isMeasuredOn(found?.accuracy, calibration);
    return isMeasured && !changed.needsMeasuring;
  }

  /** Writes a change that is immediate; undefined when the model was removed meanwhile. */
  async write(row: ModelRow, change: ManifestChange): Promise<ModelRow | undefined> {
    const found = findingsOf(row);
    const described = found && changedDescription(found, change);
    return this.store.setFindings(row.id, {
      manifest: changedManifest(manifestOf(row), change),
      found: found && described && { ...found, ...partsOf(described) },
    });
  }

  /**
   * Puts an update into the queue. The row says that it is under way before this resolves; `outcome` settles as the update does, with
   * the row before and after. Throws RATE_LIMITED when too many wait, SHUTTING_DOWN at the end.
   */
  async begin(row: ModelRow, request: UpdateRequest): Promise<{ outcome: Promise<ModelRow> }> {
    this.examinations.checkRoom();
    const startedAt = this.clock.now().toISOString();
    const update: Update = { state: 'running', startedAt, endedAt: null, fault: null };
    await this.store.setFindings(row.id, { update });
    this.outcomes.forget(row.id);
    return { outcome: this.run(row.id, update, request) };
  }

  private async run(id: string, update: Update, request: UpdateRequest): Promise<ModelRow> {
    let written: ModelRow | undefined;
    try {
      await this.examinations.inQueue(id, async (signal, onProgress) => {
        written = await this.inQueue(id, update, request, signal, onProgress);
      });
    } catch (error) {
      const fault = asFault(error);
      if (fault.code !== 'WORKER_LOST') throw fault;
      // Nothing but the end of the model or of the service stops an update.
      if ((await this.store.find(id)) === null) throw unknownModel(id);
      throw new Fault('SHUTTING_DOWN', 'the service is stopping', { cause: error });
    } finally {
      for (const file of request.calibration) await file.discard();
    }
    if (written === undefined) throw unknownModel(id);
    return written;
  }

  private async inQueue(
    id: string,
    update: Update,
    { change, calibration }: UpdateRequest,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<ModelRow | undefined> {
    try {
      const { found, described } = await this.readyModel(id, change);
      const isMeasured = described.needsMeasuring || calibration.length > 0;
      const accuracy = isMeasured
        ? await this.measure({ ...found, ...partsOf(described) }, calibration, signal, onProgress)
        : found.accuracy;
      return await this.inTurn(() => this.finish(id, update, change, accuracy));
    } catch (error) {
      if (signal.aborted) throw error;
      const fault = this.examinations.faultOf(error);
      const { code, message } = fault;
      this.log[fault.kind === 'bug' ? 'error' : 'info'](
        { model: id, err: error },
        'model not updated',
      );
      await this.inTurn(async () => {
        await this.outcomes.keep(id, this.ended(id, update, { code, message }));
      });
      throw fault;
    }
  }

  /** Reads the model again: its policies may have changed since the update was asked for. */
  private async finish(
    id: string,
    update: Update,
    change: ManifestChange,
    accuracy: Examined['accuracy'],
  ): Promise<ModelRow | undefined> {
    const row = await this.store.find(id);
    const found = row && findingsOf(row);
    if (!row || !found) return undefined;
    const described = partsOf(changedDescription(found, change));
    this.log.info({ model: id, accuracy: accuracy?.source }, 'model updated');
    return this.store.setFindings(id, {
      manifest: changedManifest(manifestOf(row), change),
      found: { ...found, ...described, ...(accuracy && { accuracy }) },
      update: this.ended(id, update, null),
    });
  }

  /** While further updates of the model wait, the newest is still under way. */
  private ended(id: string, update: Update, fault: Update['fault']): Update {
    if (this.examinations.countOf(id) > 1) return update;
    const state = fault === null ? 'done' : 'failed';
    return { ...update, state, endedAt: this.clock.now().toISOString(), fault };
  }

  /** The model when its turn has come. Throws its refusal, MODEL_UNKNOWN, MANIFEST_INVALID. */
  private async readyModel(
    id: string,
    change: ManifestChange,
  ): Promise<{ found: Examined; described: ChangedDescription }> {
    const row = await this.store.find(id);
    if (row === null) throw unknownModel(id);
    const found = findingsOf(row);
    if (found === undefined) {
      throw refusalOf(row) ?? new Fault('MODEL_NOT_READY', `model '${id}' is ${row.state}`);
    }
    return { found, described: changedDescription(found, change) };
  }

  private async measure(
    { inputs, outputs, tensors, blocks }: Examined,
    calibration: readonly ReceivedFile[],
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<NonNullable<Examined['accuracy']>> {
    const { examineMemoryBytes: memoryBytes, examineTimeoutMs: timeoutMs } = this.config;
    const files: Record<string, string> = {};
    for (const { digest } of blocks) files[digest] = (await this.blocks.verified(digest)).path;
    const call: MeasureCall = {
      ...{ found: { inputs, outputs, tensors, blocks }, files },
      calibration: calibration.map(({ path }) => path),
      ...{ seed: SEED, threads: this.config.workerThreads },
    };
    const accuracy = await withExaminer({ memoryBytes, timeoutMs, signal }, (examiner) =>
      examiner('measure', call, onProgress),
    );
    return withFiles(measured.parse(accuracy), calibration);
  }
}

const partsOf = ({ inputs, outputs }: ChangedDescription) => ({ inputs, outputs });

function unknownModel(id: string): Fault {
  return new Fault('MODEL_UNKNOWN', `model '${id}' not found`);
}
