/** Examines uploaded models in child processes and stores the findings: rows in the database, blocks on disk. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, Log } from '../../platform/index.js';
import { asFault, Fault } from '../../wire/index.js';
import type { Progress } from '../examination/examined.js';
import { type Examined, examined } from '../examination/examined.js';
import { withExaminer } from '../examination/examiner.js';
import type { ExamineCall } from '../examination/examiner-process.js';
import { BlockStore } from '../store/block-store.js';
import { ModelsStore } from '../store/models.store.js';
import { discard, type Upload } from '../uploads/upload-request.js';
import { ExaminationQueue } from './examination-queue.js';

/** Seed of synthetic inputs: the same model gives the same numbers. */
const SEED = 1;

@Injectable()
export class Examinations {
  /** Where uploads and the blocks of a running examination are; files of earlier processes are removed. */
  readonly incoming: string;
  private readonly queue = new ExaminationQueue();

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Log) private readonly log: Log,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(ModelsStore) private readonly store: ModelsStore,
    @Inject(BlockStore) private readonly blocks: BlockStore,
  ) {
    this.incoming = join(resolve(config.data), 'incoming');
  }

  /** Makes the folders, refuses unfinished models and removes unused blocks. */
  async open(): Promise<void> {
    await rm(this.incoming, { recursive: true, force: true });
    await mkdir(this.incoming, { recursive: true });
    const why = 'service stopped during the examination; upload the model again';
    const count = await this.store.refuseUnfinished(new Fault('SHUTTING_DOWN', why));
    if (count > 0) this.log.warn({ models: count }, why);
    const kept = await this.store.blockDigests();
    const lost = (await this.blocks.list()).filter((digest) => !kept.has(digest));
    for (const digest of lost) await this.blocks.remove(digest);
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
    await discard(upload);
    return isReady;
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
  }

  /** A refusal is an outcome, kept with the model; only a stop rejects. */
  private async examineNow(
    model: string,
    upload: Upload,
    signal: AbortSignal,
    onProgress: (progress: Progress) => void,
  ): Promise<boolean> {
    const startMs = this.clock.monotonicMs();
    const folder = await mkdtemp(join(this.incoming, 'blocks-'));
    try {
      const found = await this.inChild(upload, folder, signal, onProgress);
      const isKept = await this.keep(model, found, folder);
      const tookMs = Math.round(this.clock.monotonicMs() - startMs);
      this.log.info({ model, blocks: found.blocks.length, tookMs }, 'model ready');
      return isKept;
    } catch (error) {
      if (signal.aborted) throw error;
      const fault = asFault(error);
      this.log[fault.kind === 'bug' ? 'error' : 'info']({ model, err: error }, 'model refused');
      await this.store.setRefused(model, fault);
      return false;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
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
    return examined.parse(found);
  }

  /** False when the model was removed meanwhile. */
  private async keep(model: string, found: Examined, folder: string): Promise<boolean> {
    return this.blocks.exclusively(async () => {
      for (const digest of new Set(found.blocks.map((block) => block.digest))) {
        await this.blocks.adopt(join(folder, digest), digest);
      }
      return this.store.setReady(model, found, this.clock.now());
    });
  }
}
