/** Queue of examinations: one at a time, because each measures on the whole machine; a few can wait. */
import { Fault } from '../../wire/index.js';
import type { Progress } from '../examination/examined.js';

const MAX_WAITING = 8;
const RETRY_AFTER_MS = 30_000;

/** Does the work; aborted by the signal. */
export type Examination = (
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
) => Promise<void>;

interface Entry {
  readonly model: string;
  readonly examination: Examination;
  readonly controller: AbortController;
  readonly done: PromiseWithResolvers;
  isStarted: boolean;
  progress: Progress;
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const WAITING: Progress = { step: 'read', share: 0, text: 'waiting' };

export class ExaminationQueue {
  /** In their order, the running one first; a model may have several. */
  private readonly entries = new Set<Entry>();
  private isRunning = false;
  private isClosed = false;

  /** Throws RATE_LIMITED when too many wait, SHUTTING_DOWN when closed. */
  checkRoom(): void {
    if (this.isClosed) throw new Fault('SHUTTING_DOWN', 'the service is stopping');
    if (this.entries.size <= MAX_WAITING) return;
    const options = { retryAfterMs: RETRY_AFTER_MS };
    throw new Fault(
      'RATE_LIMITED',
      `${this.entries.size} models are waiting for examination; retry later`,
      options,
    );
  }

  /** Adds an examination; settles as it does. */
  add(model: string, examination: Examination): Promise<void> {
    const controller = new AbortController();
    const done = promiseWithResolvers();
    this.entries.add({
      ...{ model, examination, controller, done },
      ...{ isStarted: false, progress: WAITING },
    });
    void this.runAll();
    return done.promise;
  }

  /** Progress of the first examination of a model; undefined without one. */
  progressOf(model: string): Progress | undefined {
    return this.of(model).at(0)?.progress;
  }

  /** Examinations of a model, those that wait included. */
  countOf(model: string): number {
    return this.of(model).length;
  }

  /** Stops the examinations of a model; they reject. */
  async cancel(model: string): Promise<void> {
    await Promise.all(this.of(model).map((entry) => this.stop(entry)));
  }

  /** Stops all examinations and accepts no more. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.entries].map((entry) => this.stop(entry)));
  }

  private of(model: string): Entry[] {
    return [...this.entries].filter((entry) => entry.model === model);
  }

  private async stop(entry: Entry): Promise<void> {
    entry.controller.abort();
    if (!entry.isStarted) {
      this.entries.delete(entry);
      entry.done.reject(new Fault('WORKER_LOST', 'examination cancelled'));
    }
    await entry.done.promise.catch(() => undefined);
  }

  private async runAll(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    for (const entry of this.entries) {
      await this.runOne(entry).then(entry.done.resolve, entry.done.reject);
      this.entries.delete(entry);
    }
    this.isRunning = false;
  }

  private async runOne(entry: Entry): Promise<void> {
    const { signal } = entry.controller;
    entry.isStarted = true;
    await entry.examination(signal, (progress) => {
      entry.progress = progress;
    });
  }
}

function promiseWithResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // The caller of add() might not wait for it.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
