/**
 * One place for a tail process: runs one call after the other, and starts another process when one is lost. The next call is
 * handed over while one runs, so that the process never waits for its bytes and for this process's attention.
 */
import type { Clock, Timer } from '../../platform/index.js';
import { type ChildProcess, type Message, spawnChild } from '../../runtime/index.js';
import { Fault } from '../../wire/index.js';
import { MAX_BEGUN } from '../tail-process/begun-frames.js';
import type { TailHead } from '../tail-process/tail-call.js';

const ENTRY = new URL('../tail-process/tail-process.js', import.meta.url);
/** A call that runs, and the next. */
const MAX_CALLS = 2;
/**
 * On a machine whose cores are all at work, networks give way to the event loop: what it does takes microseconds, and all devices
 * wait for it (`npm run bench -- crowd` measures its delay).
 */
export const TAIL_NICENESS = 5;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 10_000;

export interface TailWorkerOptions {
  readonly name: string;
  readonly memoryBytes: number;
  /** Called when another process took the place of a lost one. */
  readonly onRestarted: () => void;
  /** Called when a process ended unasked. */
  readonly onLost: (because: string) => void;
}

export class TailWorker {
  /** Digests of the blocks that were used in this process: their sessions are probably open. */
  readonly warm = new Set<string>();
  /** Keys of frames it has begun; the newest last. */
  readonly begun = new Set<string>();
  /** When the running call is expected to end, on the caller's clock; Infinity when unknown. */
  endsAtMs = Number.POSITIVE_INFINITY;
  private child: ChildProcess | undefined;
  /** What to do when their turn comes, of the calls under way, oldest first. */
  private readonly calls: (() => void)[] = [];
  private isClosed = false;
  /** Processes lost since the last call that succeeded: each doubles the pause before the next start. */
  private losses = 0;
  private restart: Timer | undefined;

  constructor(
    private readonly options: TailWorkerOptions,
    private readonly clock: Clock,
  ) {
    this.start();
  }

  get isAlive(): boolean {
    return this.child !== undefined;
  }

  /** True when nothing runs. */
  get isIdle(): boolean {
    return this.isAlive && this.calls.length === 0;
  }

  /** True when a call would run, or be the next to. */
  get hasRoom(): boolean {
    return this.isAlive && this.calls.length < MAX_CALLS;
  }

  /** The process's id; undefined between two processes. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Calls the process, which must have room; `onTurn` is called when the call starts to run. Throws what the method threw,
   * or WORKER_LOST.
   */
  async call(
    method: 'begin' | 'run' | 'warm',
    head: unknown,
    buffers: readonly Uint8Array[],
    timeoutMs: number,
    onTurn: () => void = () => undefined,
  ): Promise<Message> {
    const { child } = this;
    if (child === undefined || !this.hasRoom)
      throw new Fault('WORKER_LOST', 'the worker has no room');
    if (this.calls.push(onTurn) === 1) onTurn();
    try {
      const message = await child.call(method, head, buffers, { timeoutMs });
      this.losses = 0;
      return message;
    } finally {
      this.calls.shift();
      if (child.loss === undefined) this.calls[0]?.();
      // A lost process says so after its calls have failed; until then it must not look idle.
      else if (this.child === child) this.child = undefined;
    }
  }

  /** Has the process begin a frame, which is remembered of it. Throws like call(). */
  async begin(head: TailHead, buffers: readonly Uint8Array[], timeoutMs: number): Promise<void> {
    this.begun.add(head.frame);
    for (const oldest of this.begun) {
      if (this.begun.size <= MAX_BEGUN) break;
      this.begun.delete(oldest);
    }
    this.endsAtMs = Number.POSITIVE_INFINITY;
    await this.call('begin', head, buffers, timeoutMs);
  }

  /** Lets the call under way finish for a while, then ends the process. */
  async close(withinMs: number): Promise<void> {
    this.isClosed = true;
    this.restart?.cancel();
    await this.child?.close(withinMs);
  }

  private start(): void {
    const { name, memoryBytes } = this.options;
    const child = spawnChild({ name, entry: ENTRY, memoryBytes, niceness: TAIL_NICENESS });
    this.child = child;
    this.warm.clear();
    this.begun.clear();
    void child.ended.then((loss) => this.onEnded(`${loss.reason} ${loss.stderrTail}`.trim()));
  }

  private onEnded(because: string): void {
    this.child = undefined;
    if (this.isClosed) return;
    this.options.onLost(because);
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.losses);
    this.losses += 1;
    this.restart = this.clock.after(pauseMs, () => {
      this.start();
      this.options.onRestarted();
    });
  }
}
