/**
 * SQLite on its own thread, behind Prisma's driver interface: libSQL runs on the calling thread, where a commit that waits
 * for the disk would block MQTT.
 *
 * The thread runs calls in order; calls outside an open transaction wait for its end. It opens the database at its first call
 * and ends with the client.
 */
import { Worker } from 'node:worker_threads';
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlQueryable,
  type SqlResultSet,
  type Transaction,
} from '@prisma/driver-adapter-utils';
import type { DatabaseLocation } from '../location.js';

/** A call to the thread; `transaction` is the number of an open transaction. */
export type DriverCall = { readonly transaction?: number } & (
  | { readonly does: 'queryRaw' | 'executeRaw'; readonly query: SqlQuery }
  | { readonly does: 'executeScript'; readonly script: string }
  | { readonly does: 'startTransaction' | 'commit' | 'rollback' | 'dispose' }
);

/** The answer to the call of that number: a value, or what the driver threw. */
export type DriverAnswer = { readonly call: number } & (
  | { readonly value: unknown }
  | { readonly driverError: DriverAdapterError['cause'] }
  | { readonly error: Error }
);

const ENTRY = new URL('./database-worker.js', import.meta.url);
/** Rows live for one call: a larger young generation only keeps more memory resident. V8's own choice is 48 MiB. */
const YOUNG_MIB = 6;
const PROVIDER = { provider: 'sqlite', adapterName: 'flotilla-threaded-libsql' } as const;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The calls without an answer yet. */
class Calls {
  private readonly waiting = new Map<number, Waiting>();
  private made = 0;
  private lost: Error | undefined;

  constructor(private readonly worker: Worker) {
    worker.on('message', (answer: DriverAnswer) => this.settle(answer));
    worker.on('error', (error) => this.lose(error));
    worker.on('exit', () => this.lose(new Error('database thread ended')));
  }

  make<T>(does: DriverCall): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.lost !== undefined) return reject(this.lost);
      this.made += 1;
      this.waiting.set(this.made, { resolve: resolve as (value: unknown) => void, reject });
      this.worker.postMessage({ call: this.made, does });
    });
  }

  /** Ends the thread, whatever it does. */
  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(answer: DriverAnswer): void {
    const asker = this.waiting.get(answer.call);
    this.waiting.delete(answer.call);
    if ('value' in answer) asker?.resolve(answer.value);
    else if ('error' in answer) asker?.reject(answer.error);
    else asker?.reject(new DriverAdapterError(answer.driverError));
  }

  private lose(error: Error): void {
    this.lost ??= error;
    for (const { reject } of this.waiting.values()) reject(this.lost);
    this.waiting.clear();
  }
}

class ThreadedQueries implements SqlQueryable {
  readonly provider = PROVIDER.provider;
  readonly adapterName = PROVIDER.adapterName;

  constructor(
    protected readonly calls: Calls,
    protected readonly scope: { readonly transaction?: number } = {},
  ) {}

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.calls.make({ ...this.scope, does: 'queryRaw', query });
  }

  executeRaw(query: SqlQuery): Promise<number> {
    return this.calls.make({ ...this.scope, does: 'executeRaw', query });
  }
}

class ThreadedTransaction extends ThreadedQueries implements Transaction {
  readonly options = { usePhantomQuery: true };

  commit(): Promise<void> {
    return this.calls.make({ ...this.scope, does: 'commit' });
  }

  rollback(): Promise<void> {
    return this.calls.make({ ...this.scope, does: 'rollback' });
  }
}

class ThreadedConnection extends ThreadedQueries implements SqlDriverAdapter {
  executeScript(script: string): Promise<void> {
    return this.calls.make({ does: 'executeScript', script });
  }

  async startTransaction(): Promise<Transaction> {
    const transaction = await this.calls.make<number>({ does: 'startTransaction' });
    return new ThreadedTransaction(this.calls, { transaction });
  }

  dispose(): Promise<void> {
    return this.calls.make({ does: 'dispose' });
  }
}

/** A driver whose connection is on a thread, which starts at once: it loads while the caller does something else. */
export class ThreadedDriver implements SqlDriverAdapterFactory {
  readonly provider = PROVIDER.provider;
  readonly adapterName = PROVIDER.adapterName;
  /** Of a thread that no connection uses yet. They listen at once: a thread that cannot start is noted by then. */
  private unused: Calls | undefined;

  constructor(private readonly location: DatabaseLocation) {
    this.unused = this.startThread();
  }

  async connect(): Promise<SqlDriverAdapter> {
    const calls = this.unused ?? this.startThread();
    this.unused = undefined;
    return new ThreadedConnection(calls);
  }

  /** Ends the thread of a driver that was never connected. */
  async close(): Promise<void> {
    await this.unused?.end();
  }

  private startThread(): Calls {
    return new Calls(
      new Worker(ENTRY, {
        workerData: this.location,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
      }),
    );
  }
}
