/**
 * The history on a thread of its own, with its own connection: commits wait for the disk, histograms are added up and thousands
 * of rows become text there, and the event loop that serves MQTT knows nothing of it.
 *
 * A thread that dies is replaced at the next call; what it had not answered is rejected, as an outage: records wait and are
 * committed again.
 */
import { Worker } from 'node:worker_threads';
import { Inject, Injectable } from '@nestjs/common';
import {
  type DatabaseTrouble,
  faultOfTrouble,
  RowsRefused,
} from '../../platform/database/index.js';
import { Clock, Database, DiskWatch, LimitedLog, Log } from '../../platform/index.js';
import { Fault, type FaultCode } from '../../wire/index.js';
import type { HistoryEngine } from './history-engine.js';

type Methods = Pick<HistoryEngine, keyof HistoryEngine>;
type MethodName = keyof Methods;
type Answer<N extends MethodName> = Awaited<ReturnType<Methods[N]>>;

export interface EngineCall {
  readonly id: number;
  readonly name: MethodName;
  readonly args: readonly unknown[];
}

export type EngineAnswer = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly fault: { readonly code: FaultCode; readonly message: string } }
  | {
      readonly error: string;
      readonly trouble: DatabaseTrouble | undefined;
      readonly isRefusal: boolean;
    }
);

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const ENTRY = new URL('./history-worker.js', import.meta.url);
const MEMORY_MIB = 1_024;
const RETRY_MS = 1_000;

@Injectable()
export class HistoryThread {
  private readonly lines: LimitedLog;
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | undefined;
  private calls = 0;
  private isClosed = false;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DiskWatch) private readonly disk: DiskWatch,
    @Inject(Clock) clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'history' }), clock);
  }

  /** Calls a method of the engine. Rejects with what it throws: a Fault, that of an outage or a disk, RowsRefused. */
  call<N extends MethodName>(name: N, ...args: Parameters<Methods[N]>): Promise<Answer<N>> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new Fault('SHUTTING_DOWN', 'the service is stopping'));
      this.worker ??= this.start();
      this.calls += 1;
      this.waiting.set(this.calls, { resolve: resolve as (value: unknown) => void, reject });
      this.worker.postMessage({ id: this.calls, name, args } satisfies EngineCall);
    });
  }

  /** Lets the calls under way end, closes the connection and ends the thread. */
  async close(): Promise<void> {
    if (this.worker === undefined) return;
    await this.call('close').catch(() => undefined);
    this.isClosed = true;
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(ENTRY, {
      workerData: this.database.location,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
    });
    worker.on('message', (answer: EngineAnswer) => this.settle(answer));
    worker.on('error', (err) => this.lines.error({ err }, 'history thread failed'));
    worker.on('exit', () => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      const lost = new Fault('DATABASE_UNAVAILABLE', 'the history thread was lost; try again', {
        retryAfterMs: RETRY_MS,
      });
      for (const { reject } of this.waiting.values()) reject(lost);
      this.waiting.clear();
    });
    return worker;
  }

  private settle(answer: EngineAnswer): void {
    const asker = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ('value' in answer) asker?.resolve(answer.value);
    else asker?.reject(this.errorOf(answer));
  }

  private errorOf(answer: Exclude<EngineAnswer, { readonly value: unknown }>): Error {
    if ('fault' in answer) return new Fault(answer.fault.code, answer.fault.message);
    if (answer.isRefusal) return new RowsRefused(answer.error);
    const cause = new Error(answer.error);
    const { trouble } = answer;
    if (trouble === undefined) return cause;
    const fault = this.disk.named(faultOfTrouble(trouble, cause));
    this.disk.note(fault);
    if (trouble.isOfServer) this.disk.noteServer(trouble.text);
    return fault;
  }
}
