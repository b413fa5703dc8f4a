/**
 * Runs the cloud's part of frames in tail processes: one frame per process at a time and the next handed over, devices served
 * fairly, sessions warm where possible. A frame whose process is lost is run once more in another; expired frames are not run.
 */
import { type Clock, LimitedLog, type Log } from '../../platform/index.js';
import { asFault, Fault, type FaultCode, frameKey } from '../../wire/index.js';
import type { Tail, TailAnswer, TailFrame } from '../tail-process/tail.js';
import { runAnswer, runCall, type TailSettings, warmHead } from '../tail-process/tail-call.js';
import { FairQueue } from './fair-queue.js';
import { Openings } from './openings.js';
import { TailWorker } from './tail-worker.js';
import { WarmUps } from './warm-ups.js';
import { fittest, soonest } from './worker-choice.js';

const RUN_LIMIT_MS = 30_000;
const WARM_LIMIT_MS = 60_000;
const QUEUED_PER_DEVICE = 32;
const ATTEMPTS = 2;

export interface TailPoolOptions extends TailSettings {
  readonly workers: number;
  readonly memoryBytes: number;
}

interface Job extends TailFrame {
  readonly arrivedMs: number;
  attempts: number;
  readonly resolve: (answer: TailAnswer) => void;
  readonly reject: (fault: Fault) => void;
}

/** Faults of a run that say what is wrong by themselves, with the worker or with what the device sent; all others become FRAME_FAILED. */
const SPECIFIC: readonly FaultCode[] = [
  ...(['WORKER_LOST', 'BLOCK_CORRUPT', 'BLOCK_UNKNOWN'] as const),
  ...(['INPUT_UNREADABLE', 'INPUT_MISMATCH', 'CHUNK_MISMATCH'] as const),
];

export class TailPool {
  readonly counts = {
    run: 0,
    retried: 0,
    expired: 0,
    failed: 0,
    workersLost: 0,
    warmed: 0,
    begun: 0,
  };
  private readonly workers: readonly TailWorker[];
  private readonly queue = new FairQueue<Job>();
  private readonly warmUps = new WarmUps<TailWorker>();
  private readonly openings = new Openings();
  /** What the last two frames of a tail took, the newest first. */
  private readonly tookMs = new WeakMap<Tail, readonly number[]>();
  private readonly lines: LimitedLog;
  private running = 0;
  private isClosing = false;
  private onDrained: (() => void) | undefined;

  constructor(
    private readonly options: TailPoolOptions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.lines = new LimitedLog(log, clock);
    this.workers = Array.from({ length: options.workers }, (_, i) => this.worker(`tail ${i}`));
    for (const worker of this.workers) this.warmUps.start(worker);
  }

  /** Processes that live. */
  get alive(): number {
    return this.workers.filter((worker) => worker.isAlive).length;
  }

  /** Their process ids. */
  get pids(): readonly number[] {
    return this.workers.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Frames that wait or run. */
  get frames(): number {
    return this.queue.size + this.running;
  }

  /**
   * Runs a frame's tail. Throws FRAME_REFUSED (too many wait), FRAME_EXPIRED, FRAME_FAILED, WORKER_LOST, BLOCK_CORRUPT,
   * BLOCK_UNKNOWN, INPUT_UNREADABLE, INPUT_MISMATCH, CHUNK_MISMATCH, SHUTTING_DOWN, or what dropModel was given.
   */
  async run(frame: TailFrame): Promise<TailAnswer> {
    if (this.isClosing) throw shuttingDown();
    if (this.queue.sizeOf(frame.device) >= QUEUED_PER_DEVICE) {
      const text = `${QUEUED_PER_DEVICE} frames of this device wait already`;
      throw new Fault('FRAME_REFUSED', text, { retryAfterMs: 1000 });
    }
    return new Promise((resolve, reject) => {
      const arrivedMs = this.clock.monotonicMs();
      this.queue.push(frame.device, { ...frame, arrivedMs, attempts: 0, resolve, reject });
      this.dispatch();
    });
  }

  /**
   * Some of a frame's tensors are all there: a process that has nothing better to do runs the blocks they suffice for. Whatever
   * becomes of it, run() is to be called with all tensors; in the same process it goes on from there.
   */
  begin(frame: Omit<TailFrame, 'expiresAtMs'>): void {
    const idle = this.workers.filter((worker) => worker.isIdle);
    const [worker] = idle
      .filter(({ begun }) => begun.has(frameKey(frame.device, frame.frame)))
      .concat(idle);
    if (worker === undefined || this.isClosing || frame.tail.blocks.length < 2) return;
    const { head, buffers } = runCall(frame, this.options);
    const wasCold = isCold(worker, frame.tail);
    void worker
      .begin(head, buffers, RUN_LIMIT_MS)
      .then(() => {
        this.counts.begun += 1;
        if (wasCold) this.openings.ended(this.clock.monotonicMs());
      })
      .catch((error: unknown) => this.log.debug({ err: error }, 'frame not begun'))
      .finally(() => this.dispatch());
  }

  /** Opens the sessions of a tail in every process, when there is nothing better to do. */
  prepare(tail: Tail): void {
    this.warmUps.add(
      tail,
      this.workers.filter((worker) => isCold(worker, tail)),
    );
    this.dispatch();
  }

  /** Fails the frames that wait for a model which is no more. */
  dropModel(model: string, fault: Fault): void {
    this.warmUps.dropModel(model);
    for (const job of this.queue.removeWhere(({ tail }) => tail.model === model)) job.reject(fault);
  }

  /** Fails the waiting frames whose time is over. */
  expire(nowMs: number): void {
    for (const job of this.queue.removeWhere(({ expiresAtMs }) => expiresAtMs <= nowMs)) {
      this.rejectExpired(job);
    }
  }

  /** Takes no more frames, waits for those it has, fails what is left after `withinMs`, ends the processes. */
  async close(withinMs: number): Promise<void> {
    this.isClosing = true;
    await this.drained(withinMs);
    for (const job of this.queue.removeWhere(() => true)) job.reject(shuttingDown());
    await Promise.all(this.workers.map((worker) => worker.close(0)));
  }

  private drained(withinMs: number): Promise<void> {
    if (this.frames === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.clock.after(withinMs, resolve, { keepsAlive: true });
      this.onDrained = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  private worker(name: string): TailWorker {
    const options = {
      name,
      memoryBytes: this.options.memoryBytes,
      onRestarted: () => {
        this.warmUps.start(worker);
        this.dispatch();
      },
      onLost: (because: string) => {
        this.counts.workersLost += 1;
        this.lines.warn({ worker: name, because }, 'tail process lost');
      },
    };
    const worker = new TailWorker(options, this.clock);
    return worker;
  }

  private dispatch(): void {
    for (;;) {
      const idle = this.workers.filter((worker) => worker.isIdle);
      const nearlyFree = idle.length > 0 ? [] : soonest(this.workers);
      if (idle.length + nearlyFree.length === 0) break;
      const job = this.queue.shift();
      if (job === undefined) {
        for (const worker of idle) void this.warmUp(worker);
        break;
      }
      if (job.expiresAtMs <= this.clock.monotonicMs()) this.rejectExpired(job);
      else {
        this.queue.charge(job.device, this.costMs(job.tail));
        const key = frameKey(job.device, job.frame);
        const begun = this.workers.filter((one) => one.hasRoom && one.begun.has(key));
        void this.runOn(fittest([...begun, ...idle, ...nearlyFree], job), job);
      }
    }
    if (this.frames === 0) this.onDrained?.();
  }

  /** What a frame of the tail is charged with: one that took long by accident, as to open sessions, does not count. */
  private costMs(tail: Tail): number {
    const [last = 0, before = 0] = this.tookMs.get(tail) ?? [];
    return Math.min(last, before);
  }

  private async runOn(worker: TailWorker, job: Job): Promise<void> {
    this.running += 1;
    let startMs = this.clock.monotonicMs();
    let isTypical = true;
    const onTurn = (): void => {
      job.attempts += 1;
      startMs = this.clock.monotonicMs();
      isTypical = this.openings.counts(job.arrivedMs);
      worker.endsAtMs = startMs + (this.tookMs.get(job.tail)?.[0] ?? Number.POSITIVE_INFINITY);
    };
    try {
      const { head, buffers } = runCall(job, this.options);
      const reply = await worker.call('run', head, buffers, RUN_LIMIT_MS, onTurn);
      for (const { digest } of job.tail.blocks) worker.warm.add(digest);
      this.counts.run += 1;
      const cloudMs = this.clock.monotonicMs() - startMs;
      this.tookMs.set(job.tail, [cloudMs, ...(this.tookMs.get(job.tail) ?? [])].slice(0, 2));
      const answer = runAnswer(reply, cloudMs);
      if (answer.overheadMs === undefined) this.openings.ended(this.clock.monotonicMs());
      const queueMs = startMs - job.arrivedMs;
      job.resolve({ ...answer, queueMs, waitMs: isTypical ? queueMs : undefined });
    } catch (error) {
      this.afterFailure(job, asFault(error));
    } finally {
      this.running -= 1;
      this.dispatch();
    }
  }

  private afterFailure(job: Job, fault: Fault): void {
    if (fault.code === 'WORKER_LOST' && job.attempts < ATTEMPTS && !this.isClosing) {
      this.counts.retried += 1;
      this.queue.pushFirst(job.device, job);
      return;
    }
    this.counts.failed += 1;
    const isSpecific = SPECIFIC.includes(fault.code);
    job.reject(isSpecific ? fault : new Fault('FRAME_FAILED', fault.message, { cause: fault }));
  }

  private async warmUp(worker: TailWorker): Promise<void> {
    const tail = this.isClosing ? undefined : this.warmUps.take(worker);
    if (tail === undefined) return;
    try {
      await worker.call('warm', warmHead(tail, this.options), [], WARM_LIMIT_MS);
      for (const { digest } of tail.blocks) worker.warm.add(digest);
      this.counts.warmed += 1;
      this.openings.ended(this.clock.monotonicMs());
    } catch (error) {
      this.log.debug({ err: error, model: tail.model }, 'tail not warmed up');
    }
    this.dispatch();
  }

  private rejectExpired(job: Job): void {
    this.counts.expired += 1;
    job.reject(new Fault('FRAME_EXPIRED', 'no worker was free before the deadline'));
  }
}

/** Whether a process has probably no session for some block of a tail. */
function isCold({ warm }: TailWorker, { blocks }: Tail): boolean {
  return blocks.some(({ digest }) => !warm.has(digest));
}

function shuttingDown(): Fault {
  return new Fault('SHUTTING_DOWN', 'the service is stopping; finish the frame on the device');
}
