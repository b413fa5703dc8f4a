/** Frames from a camera: any command that writes MJPEG. The newest picture wins; a command that ends is started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { monotonicMs, pause, untilAborted } from '../clock.js';
import { Backoff } from '../cloud/rest/backoff.js';
import type { FrameQueue } from '../frames/queue/frame-queue.js';
import { errorText, type Log } from '../log.js';
import type { ArrivalRate } from './arrival-rate.js';
import { MjpegSplitter } from './mjpeg-splitter.js';

const REPORT_MS = 10_000;
/** How long a command may take to end when it is asked to. */
const END_MS = 1000;

export class MjpegSource {
  private newest: Uint8Array | undefined;
  private isBusy = false;
  private taken = 0;
  private child: ChildProcess | undefined;
  /** Pictures that were replaced by a newer one before their turn came. */
  dropped = 0;

  constructor(
    private readonly command: string,
    private readonly most: number,
    private readonly queue: FrameQueue,
    private readonly arrivals: ArrivalRate,
    private readonly log: Log,
  ) {}

  /** Resolves when enough frames were taken, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const ends = AbortSignal.any([signal, enough.signal]);
    ends.addEventListener('abort', () => this.endCommand(), { once: true });
    const backoff = new Backoff();
    while (!ends.aborted) {
      const startedMs = monotonicMs();
      const why = await this.runCommand(() => enough.abort());
      if (ends.aborted) break;
      const waitMs = backoff.pauseMs(monotonicMs() - startedMs);
      this.log.warn(`camera: ${why}; starting it again in ${(waitMs / 1000).toFixed(1)} s`);
      await pause(waitMs, ends);
    }
    while (this.isBusy) await pause(10);
    await Promise.race([this.queue.settled(), untilAborted(signal)]);
  }

  /** One life of the command, and how it ended. */
  private runCommand(onEnough: () => void): Promise<string> {
    const splitter = new MjpegSplitter();
    let reportedMs = monotonicMs();
    this.arrivals.reset();
    // A group of its own, so that a shell's children end with it.
    const child = spawn('sh', ['-c', this.command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child = child;
    let complaint = '';
    child.stderr.on('data', (piece: Buffer) => {
      complaint = (complaint + piece.toString()).slice(-500);
    });
    child.stdout.on('data', (piece: Buffer) => {
      for (const picture of splitter.push(piece)) this.offer(picture, onEnough);
      if (monotonicMs() - reportedMs < REPORT_MS || this.dropped === 0) return;
      reportedMs = monotonicMs();
      this.log.info(`camera: ${this.taken} frames taken, ${this.dropped} dropped for newer ones`);
    });
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(errorText(error)));
      child.once('close', (code, signal) => {
        this.child = undefined;
        const last = complaint.trim().split('\n').at(-1) ?? '';
        resolve(`the command ended (${signal ?? code})${last && `: ${last}`}`);
      });
    });
  }

  /** Asks the command to end, makes it when it does not, and waits for no one who keeps its output open. */
  private endCommand(): void {
    const { child } = this;
    if (child === undefined) return;
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => {
      signalGroup(child, 'SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, END_MS);
    child.once('close', () => clearTimeout(timer));
  }

  private offer(picture: Uint8Array, onEnough: () => void): void {
    this.arrivals.note(monotonicMs());
    if (this.newest !== undefined) this.dropped += 1;
    this.newest = picture;
    if (!this.isBusy) void this.work(onEnough);
  }

  private async work(onEnough: () => void): Promise<void> {
    this.isBusy = true;
    try {
      while (this.newest !== undefined && this.taken < this.most) {
        this.taken += 1;
        const source = `camera ${this.taken}`;
        await this.queue.submit({ source, load: () => this.takeNewest() }).begun;
      }
    } catch (error) {
      this.log.debug(`camera: ${errorText(error)}`);
    } finally {
      this.isBusy = false;
    }
    if (this.taken >= this.most) onEnough();
  }

  private async takeNewest() {
    const bytes = this.newest ?? new Uint8Array();
    this.newest = undefined;
    return [{ name: undefined, format: 'picture' as const, bytes }];
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of the group have ended by themselves.
  }
}
