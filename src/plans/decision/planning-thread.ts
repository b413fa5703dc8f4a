/**
 * Planning in a thread of its own: the event loop that serves MQTT never computes.
 *
 * The thread is plain JavaScript, so it can be ended at any moment. One that takes too long or dies is replaced at the next
 * question; the question it had is answered with what became of it. Questions have their turns: the plan of a single device waits
 * for at most one question about a line.
 */
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LimitedLog, Log } from '../../platform/index.js';
import type { LineAnswer, LineQuestion } from '../sites/line-question.js';
import type { Decision, Question } from './decide.js';

/** A decision, and how long it took. */
export interface PlanningAnswer {
  readonly decision: Decision;
  readonly planningMs: number;
}

/** What the thread is asked: to plan for one device, or what devices may have of a line that they share. */
export type ThreadQuestion =
  | { readonly kind: 'device'; readonly question: Question }
  | { readonly kind: 'line'; readonly question: LineQuestion };

/** Why there is no answer. */
interface Lost {
  readonly lost: string;
  readonly afterMs: number;
}

/** Some fifty times what the slowest network known takes, and ten times what a hundred devices of one line do. */
const LIMIT_MS = 5_000;
/** A search that needs more is lost, and not the service with it. */
const MEMORY_MIB = 512;
const THREAD_LOST = 'the planning thread was lost';
const ENTRY = new URL('./planning-worker.js', import.meta.url);

@Injectable()
export class PlanningThread {
  private readonly log: Log;
  private readonly lines: LimitedLog;
  private worker: Worker | undefined;
  private turns: Promise<unknown> = Promise.resolve();
  /** Counts ends: a question that still waits for its turn then is not asked. */
  private ends = 0;

  constructor(@Inject(Log) log: Log) {
    this.log = log.child({ part: 'planning' });
    this.lines = new LimitedLog(this.log, new Clock());
  }

  /** Answers one question. Never rejects: a lost thread makes a plan impossible. */
  async decide(question: Question, limitMs = LIMIT_MS): Promise<PlanningAnswer> {
    const answer = await this.ask<PlanningAnswer>({ kind: 'device', question }, limitMs);
    if (!('lost' in answer)) return answer;
    const { lost: because, afterMs: planningMs } = answer;
    return { decision: { kind: 'impossible', because }, planningMs };
  }

  /** Answers one question about a line. Never rejects: a lost thread makes an answer impossible. */
  async share(question: LineQuestion, limitMs = LIMIT_MS): Promise<LineAnswer> {
    const answer = await this.ask<LineAnswer>({ kind: 'line', question }, limitMs);
    return 'lost' in answer ? { kind: 'impossible', because: answer.lost } : answer;
  }

  /** Ends the thread, also in the middle of a question; those that wait for their turn are not asked. */
  async close(): Promise<void> {
    this.ends += 1;
    if (this.worker !== undefined) await this.end(this.worker);
  }

  private ask<A extends object>(question: ThreadQuestion, limitMs: number): Promise<A | Lost> {
    const { ends } = this;
    const answered = this.turns.then((): Lost | Promise<A | Lost> =>
      ends < this.ends ? { lost: THREAD_LOST, afterMs: 0 } : this.askNow<A>(question, limitMs),
    );
    this.turns = answered.catch(() => undefined);
    return answered;
  }

  private askNow<A extends object>(question: ThreadQuestion, limitMs: number): Promise<A | Lost> {
    this.worker ??= this.start();
    const { worker } = this;
    const startMs = performance.now();
    return new Promise((resolve) => {
      const lost = (because: string): void =>
        settle({ lost: because, afterMs: performance.now() - startMs });
      const onExit = (): void => lost(THREAD_LOST);
      const limit = setTimeout(() => {
        lost(`planning did not end within ${limitMs} ms`);
        void this.end(worker);
      }, limitMs);
      const settle = (answer: A | Lost): void => {
        clearTimeout(limit);
        worker.off('message', settle).off('exit', onExit);
        resolve(answer);
      };
      worker.once('message', settle).once('exit', onExit);
      worker.postMessage(question);
    });
  }

  private start(): Worker {
    const worker = new Worker(ENTRY, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB } });
    worker.on('error', (err) => this.lines.error({ err }, 'the planning thread failed'));
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
