/**
 * A process of our own that runs what must not run here: networks block their thread for as long as they like, may ask
 * for any amount of memory, and cannot be stopped except with the process they run in.
 */
import { type ChildProcess as NodeChild, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Fault, isFaultCode } from '../wire/index.js';
import { bareEnvironment, confinedCommand, watchMemory } from './confinement.js';
import { encodeFrameHead, type FrameHead, FrameReader, type Message } from './frame-pipe.js';
import { PIPE_FD } from './serve.js';
import { SharedMemory } from './shared-memory.js';

const STDERR_TAIL_CHARACTERS = 2000;

export interface ChildOptions {
  /** Names the process in faults: `model examiner`. */
  readonly name: string;
  /** The module that calls serve(). */
  readonly entry: URL;
  /** Memory the process may take beyond what it needs for itself. */
  readonly memoryBytes: number;
  /** How much further than this process it gives way to others, 0 to 19. */
  readonly niceness?: number;
}

export interface CallOptions {
  /** The process is killed when the answer is not there so long after the call's turn came. */
  readonly timeoutMs: number;
  readonly onProgress?: (head: unknown) => void;
  /** Kills the process: nothing else stops a network that runs. */
  readonly signal?: AbortSignal;
}

/** Why a child is no longer there. */
export interface Loss {
  readonly reason: 'timeout' | 'memory' | 'aborted' | 'closed' | 'exit';
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines it wrote to standard error. */
  readonly stderrTail: string;
}

interface Pending {
  readonly timeoutMs: number;
  readonly resolve: (message: Message) => void;
  readonly reject: (fault: Fault) => void;
  readonly onProgress: ((head: unknown) => void) | undefined;
}

/** Starts a child; what fails while it starts shows at the first call. */
export function spawnChild(options: ChildOptions): ChildProcess {
  return new ChildProcess(options);
}

export class ChildProcess {
  /** Resolves when the process is gone, however that came. */
  readonly ended: Promise<Loss>;
  /** Set once the process is gone. */
  loss: Loss | undefined;
  private readonly name: string;
  private readonly process: NodeChild;
  private readonly pipe: Duplex;
  private readonly memory = SharedMemory.open();
  private readonly pending = new Map<number, Pending>();
  private readonly stopWatching: () => void;
  private calls = 0;
  /** Ends the process when the oldest call takes too long. */
  private timer: NodeJS.Timeout | undefined;
  private stderrTail = '';
  private killedBecause: Loss['reason'] | undefined;

  constructor({ name, entry, memoryBytes, niceness = 0 }: ChildOptions) {
    this.name = name;
    const [program, args] = confinedCommand(memoryBytes, niceness, process.execPath, [
      ...process.execArgv,
      fileURLToPath(entry),
    ]);
    this.process = spawn(program, args, {
      env: bareEnvironment(),
      stdio: ['pipe', 'ignore', 'pipe', 'pipe', this.memory?.fd ?? 'ignore'],
    });
    this.pipe = this.process.stdio[PIPE_FD] as Duplex;
    this.stopWatching = watchMemory(this.pid, memoryBytes, () => this.kill('memory'));
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve(this.onClose(code, signal)));
    });
    this.listen(this.process.stderr as Readable);
  }

  /** 0 when the process could not be started. */
  get pid(): number {
    return this.process.pid ?? 0;
  }

  /**
   * Calls a method of the process and waits for its answer; calls are answered one after the other, in order.
   * The buffers must not be changed before. Throws the Fault the method threw, or WORKER_LOST when the process ended
   * (then `loss` says why).
   */
  call(
    method: string,
    head: unknown,
    buffers: readonly Uint8Array[],
    { timeoutMs, onProgress, signal }: CallOptions,
  ): Promise<Message> {
    const call = ++this.calls;
    const abort = () => this.kill('aborted');
    signal?.addEventListener('abort', abort);
    return new Promise<Message>((resolve, reject) => {
      if (this.loss) throw this.faultOf(this.loss);
      this.pending.set(call, { timeoutMs, resolve, reject, onProgress });
      if (this.pending.size === 1) this.watchOldest();
      if (signal?.aborted) abort();
      this.write({ call, kind: 'call', head: { method, head } }, buffers);
    }).finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Ends the process at once; calls under way fail with WORKER_LOST. */
  kill(reason: Loss['reason'] = 'closed'): void {
    this.killedBecause ??= reason;
    this.process.kill('SIGKILL');
  }

  /** Lets the process finish the calls it has, ends it, and waits until it is gone; kills it after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    this.killedBecause ??= 'closed';
    const timer = setTimeout(() => this.process.kill('SIGKILL'), withinMs);
    this.pipe.end();
    await this.ended;
    clearTimeout(timer);
  }

  private watchOldest(): void {
    clearTimeout(this.timer);
    const [oldest] = this.pending.values();
    if (oldest !== undefined) this.timer = setTimeout(() => this.kill('timeout'), oldest.timeoutMs);
  }

  private write(frame: Omit<FrameHead, 'buffers'>, buffers: readonly Uint8Array[]): void {
    this.pipe.cork();
    const places = buffers.map((buffer) => this.memory?.put(frame.call, buffer) ?? null);
    this.pipe.write(encodeFrameHead({ ...frame, places }, buffers));
    for (const [i, buffer] of buffers.entries()) if (places[i] === null) this.pipe.write(buffer);
    this.pipe.uncork();
  }

  private listen(stderr: Readable): void {
    const reader = new FrameReader((head, buffers) => this.onFrame(head, buffers));
    this.pipe.on('data', (piece: Buffer) => {
      try {
        reader.push(piece);
      } catch (error) {
        this.stderrTail = `unreadable answer: ${String(error)}`;
        this.kill('exit');
      }
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderrTail = (this.stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    // A broken pipe or a failed start shows as the end of the process; these only must not be thrown.
    this.pipe.on('error', () => {});
    this.process.stdin?.on('error', () => {});
    this.process.on('error', (error) => {
      this.stderrTail = error.message;
    });
  }

  private onFrame({ call, kind, head }: FrameHead, buffers: readonly Uint8Array[]): void {
    const pending = this.pending.get(call);
    if (kind === 'progress') {
      pending?.onProgress?.(head);
      return;
    }
    this.pending.delete(call);
    this.memory?.free(call);
    this.watchOldest();
    if (kind === 'reply') {
      pending?.resolve({ head, buffers });
      return;
    }
    const { code, message } = head as { code: string; message: string };
    pending?.reject(new Fault(isFaultCode(code) ? code : 'INTERNAL', message));
  }

  private onClose(exitCode: number | null, signal: string | null): Loss {
    const stderrTail = this.stderrTail.trim();
    const isOutOfMemory = /out of memory|bad_alloc/.test(stderrTail);
    const reason = this.killedBecause ?? (isOutOfMemory ? 'memory' : 'exit');
    const loss: Loss = { reason, exitCode, signal, stderrTail };
    this.loss = loss;
    this.stopWatching();
    this.memory?.close();
    for (const { reject } of this.pending.values()) reject(this.faultOf(loss));
    this.pending.clear();
    clearTimeout(this.timer);
    return loss;
  }

  private faultOf({ reason, exitCode, signal, stderrTail }: Loss): Fault {
    const how = {
      timeout: 'took too long and was ended',
      memory: 'needed more memory than it may use and was ended',
      aborted: 'was stopped',
      closed: 'was closed',
      exit: `ended by itself (${signal ?? `exit code ${exitCode}`})`,
    }[reason];
    const lastLine = reason === 'exit' ? stderrTail.split('\n').at(-1) : '';
    return new Fault('WORKER_LOST', `the ${this.name} ${how}${lastLine ? `: ${lastLine}` : ''}`);
  }
}
