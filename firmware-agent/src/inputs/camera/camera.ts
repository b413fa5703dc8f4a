/** Frames of a camera: a command that writes MJPEG. The newest picture wins; a command that ends or falls silent is started again. */
import type { InputFigures } from '../../../../src/wire/index.js';
import { monotonicMs, pause, untilAborted } from '../../clock.js';
import { Backoff } from '../../cloud/rest/backoff.js';
import type { FrameQueue } from '../../frames/queue/frame-queue.js';
import { errorText, type Log } from '../../log.js';
import { ArrivalRate } from '../arrival-rate.js';
import { CameraCommand } from './camera-command.js';
import type { CameraSource } from './camera-source.js';
import { FaultLines } from './fault-lines.js';
import type { FrameLimit } from './frame-limit.js';

const REPORT_MS = 10_000;
const FAULT_CHARACTERS = 500;
/** How often a camera that is silent is looked for, and how often in turn it must be absent. */
const LOOK_MS = 2000;
const ABSENT_LOOKS = 2;

export interface CameraHost {
  readonly queue: FrameQueue;
  /** Of the pictures of all cameras. */
  readonly arrivals: ArrivalRate;
  /** Shared by all cameras. */
  readonly limit: FrameLimit;
  /** A camera has failed, and for another reason than before: its figures hold the fault until pictures come again. */
  readonly onFault: () => void;
  readonly log: Log;
}

export class Camera {
  private readonly rate = new ArrivalRate();
  private command: CameraCommand | undefined;
  private newest: Uint8Array | undefined;
  private isBusy = false;
  private taken = 0;
  /** Pictures that were replaced by a newer one before their turn came. */
  private dropped = 0;
  private starts = 0;
  private state: InputFigures['state'] = 'starting';
  private fault: string | undefined;
  private lastPictureMs: number | undefined;
  private reportedMs = monotonicMs();
  private tooLarge = 0;
  private readonly lines: FaultLines;

  constructor(
    private readonly source: CameraSource,
    private readonly host: CameraHost,
  ) {
    this.lines = new FaultLines(source.name, host.log);
  }

  /** Resolves when enough frames were taken, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { queue, limit } = this.host;
    const ends = AbortSignal.any([signal, limit.signal]);
    ends.addEventListener('abort', () => this.command?.end(), { once: true });
    const backoff = new Backoff(undefined, this.source.pauseCapMs);
    while (!ends.aborted) {
      const startedMs = monotonicMs();
      const why = (await this.source.absence?.(ends)) ?? (await this.runCommand(ends));
      if (ends.aborted) break;
      // A life without pictures is a failure, however long it was.
      const shortMs = backoff.pauseMs(Math.max(0, (this.lastPictureMs ?? 0) - startedMs));
      await pause(this.failed(why, shortMs), ends);
    }
    this.state = 'ended';
    while (this.isBusy) await pause(10);
    await Promise.race([queue.settled(), untilAborted(signal)]);
  }

  /** How it is now, for telemetry and GET /status. */
  figures(nowMs = monotonicMs()): InputFigures {
    const intervalMs = this.state === 'live' ? this.rate.intervalAt(nowMs) : undefined;
    const lastPictureAgeMs =
      this.lastPictureMs === undefined ? undefined : nowMs - this.lastPictureMs;
    return {
      ...{ name: this.source.name, state: this.state },
      ...{ dropped: this.dropped, restarts: Math.max(0, this.starts - 1) },
      ...(this.tooLarge > 0 && { tooLarge: this.tooLarge }),
      ...(intervalMs !== undefined && { fps: 1000 / intervalMs }),
      ...(lastPictureAgeMs !== undefined && { lastPictureAgeMs: Math.max(0, lastPictureAgeMs) }),
      ...(this.fault !== undefined && { fault: this.fault }),
    };
  }

  /** Notes a failure; the pause until the next start, in ms. */
  private failed(why: string, shortMs: number): number {
    const waitMs = Math.max(shortMs, this.source.leastPauseMs?.(why) ?? 0);
    this.state = 'waiting';
    this.fault = why.slice(0, FAULT_CHARACTERS);
    if (this.lines.failed(this.fault, waitMs, monotonicMs())) this.host.onFault();
    return waitMs;
  }

  /** One life of the command, and how it ended. */
  private async runCommand(ends: AbortSignal): Promise<string> {
    this.rate.reset();
    this.state = 'starting';
    this.starts += 1;
    const command = new CameraCommand(this.source, {
      picture: (bytes) => this.offer(bytes),
      tooLarge: (limitBytes) => this.noteTooLarge(limitBytes),
    });
    this.command = command;
    const over = new AbortController();
    if (ends.aborted) command.end();
    else void this.lookFor(command, over.signal);
    const why = await command.ended;
    over.abort();
    this.command = undefined;
    // Frames of the other cameras come at a rate of their own.
    if (command.hasPictures) this.host.arrivals.reset();
    return why;
  }

  /** A connection to a camera that lost its power stays open and silent: one that is gone is not waited for. */
  private async lookFor(command: CameraCommand, signal: AbortSignal): Promise<void> {
    const { source } = this;
    for (let absent = 0; source.absence && !signal.aborted; await pause(LOOK_MS, signal)) {
      const why = command.silentMs < LOOK_MS ? undefined : await source.absence(signal);
      absent = why === undefined ? 0 : absent + 1;
      if (absent === ABSENT_LOOKS && !signal.aborted) return command.end(why);
    }
  }

  private offer(picture: Uint8Array): void {
    const nowMs = monotonicMs();
    if (this.state !== 'live') this.host.arrivals.reset();
    if (this.fault !== undefined) this.lines.well(nowMs);
    this.state = 'live';
    this.fault = undefined;
    this.lastPictureMs = nowMs;
    this.rate.note(nowMs);
    this.host.arrivals.note(nowMs);
    if (this.newest !== undefined) this.dropped += 1;
    this.newest = picture;
    if (!this.isBusy) void this.work();
    this.report(nowMs);
  }

  private report(nowMs: number): void {
    if (nowMs - this.reportedMs < REPORT_MS || this.dropped === 0) return;
    this.reportedMs = nowMs;
    const replaced = this.dropped - this.tooLarge;
    this.host.log.info(
      `${this.source.name}: ${this.taken} frames taken, ${replaced} dropped for newer ones, ${this.tooLarge} as too large`,
    );
  }

  private noteTooLarge(limitBytes: number): void {
    this.dropped += 1;
    this.tooLarge += 1;
    if (this.tooLarge > 1) return;
    this.host.log.warn(
      `${this.source.name}: pictures above ${limitBytes / 2 ** 20} MiB are dropped; set the camera to smaller ones`,
    );
  }

  private async work(): Promise<void> {
    const { queue, limit, log } = this.host;
    this.isBusy = true;
    try {
      while (this.newest !== undefined && !limit.isReached) {
        this.taken += 1;
        const source = `${this.source.name} ${this.taken}`;
        const { begun } = queue.submit({ source, load: () => this.takeNewest() });
        limit.count();
        await begun;
      }
    } catch (error) {
      log.debug(`${this.source.name}: ${errorText(error)}`);
    } finally {
      this.isBusy = false;
    }
  }

  private async takeNewest() {
    const bytes = this.newest ?? new Uint8Array();
    this.newest = undefined;
    return [{ name: undefined, format: 'picture' as const, bytes }];
  }
}
