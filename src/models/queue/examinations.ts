/** Examines uploaded models in child processes and stores the findings: rows in the database, blocks on disk. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { databaseTroubleOf, faultOfTrouble } from '../../platform/database/index.js';
import { Clock, Config, DiskWatch, Log } from '../../platform/index.js';
import { asFault, Fault } from '../../wire/index.js';
import type { Progress } from '../examination/examined.js';
import { type Examined, examined } from '../examination/examined.js';
import { withExaminer } from '../examination/examiner.js';
import type { ExamineCall } from '../examination/examiner-process.js';
import { BlockStore } from '../store/block-store.js';
import { ModelsStore } from '../store/models.store.js';
import { discardForm } from '../uploads/form.js';
import type { Upload } from '../uploads/upload-request.js';
import { withFiles } from './calibration-files.js';
import { type Examination, ExaminationQueue } from './examination-queue.js';
import { Outcomes } from './outcomes.js';

/** Seed of synthetic inputs: the same model gives the same numbers. */
export const SEED = 1;

@Injectable()
export class Examinations {
  /** Where uploads and the blocks of a running examination are; files of earlier processes are removed. */
  readonly incoming: string;
  /** Refusals, also those that are not in the database yet. */
  readonly outcomes: Outcomes;
  private readonly queue = new ExaminationQueue();

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Log) private readonly log: Log,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(ModelsStore) private readonly store: ModelsStore,
    @Inject(BlockStore) private readonly blocks: BlockStore,
    @Inject(DiskWatch) private readonly disk: DiskWatch,
  ) {
    this.incoming = join(resolve(config.data), 'incoming');
    const refuse = (model: string, fault: Fault) => this.store.setRefused(model, fault);
    this.outcomes = new Outcomes(refuse, clock, log);
  }

  /** Makes the folders, refuses unfinished models and removes unused blocks: first what makes room, then what needs some. */
  async open(): Promise<void> {
    await mkdir(this.incoming, { recursive: true });
    for (const name of await readdir(this.incoming)) {
      await rm(join(this.incoming, name), { recursive: true, force: true });
    }
    const kept = await this.store.blockDigests();
    const lost = (await this.blocks.list()).filter((digest) => !kept.has(digest));
    for (const digest of lost) await this.blocks.remove(digest);
    const why = 'service stopped during the examination; upload the model again';
    const unfinished = await this.store.unfinished();
    for (const model of unfinished) {
      await this.outcomes.refuse(model, new Fault('SHUTTING_DOWN', why));
    }
    if (unfinished.length > 0) this.log.warn({ models: unfinished.length }, why);
  }

  /** Throws RATE_LIMITED when too many models wait, SHUTTING_DOWN at the end. */
  checkRoom(): void {
    this.queue.checkRoom();
  }

  /** Examines a model in its turn and removes the upload; resolves to whether it is ready. */
  async examine(model: string, upload: Upload): Promise<boolean> {
    let isReady = false;
    try {
      await this.queue.add(model, async (signal, onProgress) => {
        isReady = await this.examineNow(model, upload, signal, onProgress);
      });
    } catch (error) {
      this.log.info({ model, err: error }, 'examination stopped');
    }
    await discardForm(upload);
    return isReady;
  }

  /** Runs work on a model that measures on the whole machine, in its turn; settles as the work does. */
  inQueue(model: string, work: Examination): Promise<void> {
    return this.queue.add(model, work);
  }

  /** Examinations and updates of a model that run or wait. */
  countOf(model: string): number {
    return this.queue.countOf(model);
  }

  progressOf(model: string): Progress | undefined {
    return this.queue.progressOf(model);
  }

  /** Stops the examination of a model. */
  async cancel(model: string): Promise<void> {
    await this.queue.cancel(model);
  }

  async close(): Promise<void> {
    await this.queue.close();
    await this.outcomes.close();
  }

  /** A refusal is an outcome, kept with the model; only a stop rejects. */
  private async examineNow(
    model: string,
    upload: Upload,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<boolean> {
    const startMs = this.clock.monotonicMs();
    let folder: string | undefined;
    try {
      await this.disk.expectRoom(upload.file.bytes);
      folder = await mkdtemp(join(this.incoming, 'blocks-'));
      const found = await this.inChild(upload, folder, signal, onProgress);
      const isKept = await this.keep(model, found, folder);
      const tookMs = Math.round(this.clock.monotonicMs() - startMs);
      this.log.info({ model, blocks: found.blocks.length, tookMs }, 'model ready');
      return isKept;
    } catch (error) {
      if (signal.aborted) throw error;
      const fault = this.faultOf(error);
      this.log[fault.kind === 'bug' ? 'error' : 'info']({ model, err: error }, 'model refused');
      await this.outcomes.refuse(model, fault);
      return false;
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }

  /** Of a disk or a database by name; everything else is the examination's own. */
  faultOf(error: unknown): Fault {
    const trouble = error instanceof Fault ? undefined : databaseTroubleOf(error);
    const fault = trouble === undefined ? asFault(error) : faultOfTrouble(trouble, error);
    const named = this.disk.named(fault);
    this.disk.note(named);
    return named;
  }

  private async inChild(
    { file, manifest, calibration }: Upload,
    folder: string,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<Examined> {
    const { examineMemoryBytes: memoryBytes, examineTimeoutMs: timeoutMs } = this.config;
    const threads = this.config.workerThreads;
    const call: ExamineCall = {
      ...{ path: file.path, manifest, seed: SEED, threads, folder },
      calibration: calibration.map(({ path }) => path),
    };
    const found = await withExaminer({ memoryBytes, timeoutMs, signal }, (examiner) =>
      examiner('examine', call, onProgress),
    );
    const { accuracy, ...others } = examined.parse(found);
    return { ...others, ...(accuracy && { accuracy: withFiles(accuracy, calibration) }) };
  }

  /** False when the model was removed meanwhile. Blocks without a model do not stay. */
  private async keep(model: string, found: Examined, folder: string): Promise<boolean> {
    return this.blocks.exclusively(async () => {
      const digests = new Set(found.blocks.map((block) => block.digest));
      let isKept = false;
      try {
        for (const digest of digests) await this.blocks.adopt(join(folder, digest), digest);
        isKept = await this.store.setReady(model, found, this.clock.now());
      } finally {
        if (!isKept) await this.dropUnused(digests);
      }
      return isKept;
    });
  }

  /** The next start removes those that cannot be removed now. */
  private async dropUnused(digests: ReadonlySet<string>): Promise<void> {
    try {
      const inUse = await this.store.digestsInUse([...digests]);
      for (const digest of digests) if (!inUse.has(digest)) await this.blocks.remove(digest);
    } catch (err) {
      this.log.warn({ err }, 'blocks of no model not removed');
    }
  }
}
