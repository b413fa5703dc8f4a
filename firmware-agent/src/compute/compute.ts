/** The main thread's side of the compute thread: each call resolves when the thread has served it. */
import { Worker } from 'node:worker_threads';
import { Fault } from '../../../src/wire/index.js';
import type {
  ComputeAnswer,
  ComputeMethod,
  ComputeMethods,
  ComputeSettings,
} from './compute-protocol.js';

interface Pending {
  resolve(body: unknown): void;
  reject(error: Error): void;
}

export class Compute {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private readonly ended: Promise<void>;
  private nextId = 1;
  private lost: Fault | undefined;

  /** entry: a module that calls serveCompute() when it is not the main thread. */
  constructor(entry: URL, settings: ComputeSettings, onLost: (fault: Fault) => void) {
    this.worker = new Worker(entry, { workerData: settings });
    this.worker.on('message', (answer: ComputeAnswer) => this.settle(answer));
    let cause: Error | undefined;
    this.worker.on('error', (error) => {
      cause = error;
    });
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        resolve();
        if (code === 0 && cause === undefined) return;
        this.lost = new Fault('WORKER_LOST', `the compute thread ended: ${cause?.message ?? code}`);
        for (const { reject } of this.pending.values()) reject(this.lost);
        onLost(this.lost);
      });
    });
  }

  /** Rejects with FRAME_FAILED and the runtime's sentence, or WORKER_LOST. What is in `transfer` is gone from here. */
  call<M extends ComputeMethod>(
    method: M,
    body: ComputeMethods[M][0],
    transfer: ArrayBuffer[] = [],
  ): Promise<ComputeMethods[M][1]> {
    if (this.lost !== undefined) return Promise.reject(this.lost);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as Pending['resolve'], reject });
      this.worker.postMessage({ id, method, body }, transfer);
    });
  }

  /** Waits for open calls, unloads all blocks and waits until the thread ends by itself. */
  async close(): Promise<void> {
    if (this.lost === undefined) await this.call('close', undefined);
    await this.ended;
  }

  private settle(answer: ComputeAnswer): void {
    const pending = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if (answer.ok) pending?.resolve(answer.body);
    else pending?.reject(new Fault('FRAME_FAILED', answer.text));
  }
}
