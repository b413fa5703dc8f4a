/**
 * Planning in a thread of its own: the event loop that serves MQTT never computes.
 *
 * The thread is plain JavaScript, so it can be ended at any moment. One that takes too long or dies is replaced at the next
 * question; the question it had is answered with what became of it.
 */
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import { Log } from '../../platform/index.js';
import type { Decision, Question } from './decide.js';

/** A decision, and how long it took. */
export interface PlanningAnswer {
  readonly decision: Decision;
  readonly planningMs: number;
}

/** Some fifty times what the slowest network known takes. */
const LIMIT_MS = 5_000;
/** A search that needs more is lost, and not the service with it. */
const MEMORY_MIB = 512;
const ENTRY = new URL('./planning-worker.js', import.meta.url);

@Injectable()
export class PlanningThread {
  private readonly log: Log;
  private worker: Worker | undefined;

  constructor(@Inject(Log) log: Log) {
    this.log = log.child({ part: 'planning' });
  }

  /** Answers one question; the next may be asked when it has. Never rejects: a lost thread makes a plan impossible. */
  async decide(question: Question, limitMs = LIMIT_MS): Promise<PlanningAnswer> {
    this.worker ??= this.start();
    const { worker } = this;
    const startMs = performance.now();
    return new Promise((resolve) => {
      const lost = (because: string): void => {
        settle({
          decision: { kind: 'impossible', because },
          planningMs: performance.now() - startMs,
        });
      };
      const onExit = (): void => lost('the planning thread was lost');
      const limit = setTimeout(() => {
        lost(`planning did not end within ${limitMs} ms`);
        void this.end(worker);
      }, limitMs);
      const settle = (answer: PlanningAnswer): void => {
        clearTimeout(limit);
        worker.off('message', settle).off('exit', onExit);
        resolve(answer);
      };
      worker.once('message', settle).once('exit', onExit);
      worker.postMessage(question);
    });
  }

  /** Ends the thread, also in the middle of a question. */
  async close(): Promise<void> {
    if (this.worker !== undefined) await this.end(this.worker);
  }

  private start(): Worker {
    const worker = new Worker(ENTRY, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB } });
    worker.on('error', (err) => this.log.error({ err }, 'the planning thread failed'));
    worker.on('exit', (code) => {
      this.log.debug({ code }, 'the planning thread ended');
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }

  private async end(worker: Worker): Promise<void> {
    if (this.worker === worker) this.worker = undefined;
    await worker.terminate();
  }
}
