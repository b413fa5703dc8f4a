/** Frames from a camera: a command that writes MJPEG. The newest picture wins; a command that ends or falls silent is started again. */
import type { InputFigures } from '../../../../src/wire/index.js';
import { monotonicMs, pause, untilAborted } from '../../clock.js';
import { Backoff } from '../../cloud/rest/backoff.js';
import type { FrameQueue } from '../../frames/queue/frame-queue.js';
import { errorText, type Log } from '../../log.js';
import { ArrivalRate } from '../arrival-rate.js';
import { CameraCommand } from './camera-command.js';

const REPORT_MS = 10_000;
/** A pause between two starts is at most so long: longer, and a camera that is back would not be seen. */
const PAUSE_CAP_MS = 10_000;
const FAULT_CHARACTERS = 500;

export interface CameraSettings {
  /** As it stands in logs and telemetry. */
  readonly name: string;
  /** Program and arguments. */
  readonly words: readonly [string, ...string[]];
  /** Without a picture for so long, the command is started again. */
  readonly silenceMs: number;
}

export interface CameraHost {
  readonly queue: FrameQueue;
  /** Of the pictures of all cameras. */
  readonly arrivals: ArrivalRate;
  /** Shared by all cameras. */
  readonly limit: FrameLimit;
  /** A camera has failed: its figures hold the fault until pictures come again. */
  readonly onFault: () => void;
  readonly log: Log;
}

/** Ends cameras after a number of frames. */
export class FrameLimit {
  private taken = 0;
  private readonly enough = new AbortController();
  /** Aborts when the last frame was taken. */
  readonly signal: AbortSignal = this.enough.signal;

  constructor(private readonly most: number) {}

  get isReached(): boolean {
    return this.taken >= this.most;
  }

  count(): void {
    this.taken += 1;
    if (this.isReached) this.enough.abort();
  }
}

export class Camera {
  private readonly rate = new ArrivalRate();
  private command: CameraCommand | undefined;
  private newest: Uint8Array | undefined;
  private isBusy = false;
  private taken = 0;
  /** Pictures that were replaced by a newer one before their turn came. */
  private dropped = 0;
  private restarts = 0;
  private state: InputFigures['state'] = 'starting';
  private fault: string | undefined;
  private lastPictureMs: number | undefined;
  private reportedMs = monotonicMs();
  private isTooLargeSaid = false;

  constructor(
    private readonly settings: CameraSettings,
    private readonly host: CameraHost,
  ) {}

  /** Resolves when enough frames were taken, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, queue, limit } = this.host;
    const ends = AbortSignal.any([signal, limit.signal]);
    ends.addEventListener('abort', () => this.command?.end(), { once: true });
    const backoff = new Backoff(undefined, PAUSE_CAP_MS);
    while (!ends.aborted) {
      const startedMs = monotonicMs();
      const why = await this.runCommand();
      if (ends.aborted) break;
      // A life without pictures is a failure, however long it was.
      const waitMs = backoff.pauseMs(Math.max(0, (this.lastPictureMs ?? 0) - startedMs));
      this.state = 'waiting';
      this.fault = why.slice(0, FAULT_CHARACTERS);
      this.restarts += 1;
      this.host.onFault();
      log.warn(
        `${this.settings.name}: ${why}; starting it again in ${(waitMs / 1000).toFixed(1)} s`,
      );
      await pause(waitMs, ends);
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
      ...{ name: this.settings.name, state: this.state },
      ...{ dropped: this.dropped, restarts: this.restarts },
      ...(intervalMs !== undefined && { fps: 1000 / intervalMs }),
      ...(lastPictureAgeMs !== undefined && { lastPictureAgeMs: Math.max(0, lastPictureAgeMs) }),
      ...(this.fault !== undefined && { fault: this.fault }),
    };
  }

  /** One life of the command, and how it ended. */
  private async runCommand(): Promise<string> {
    this.rate.reset();
    this.host.arrivals.reset();
    this.state = 'starting';
    const command = new CameraCommand(this.settings.words, this.settings.silenceMs, {
      picture: (bytes) => this.offer(bytes),
      tooLarge: (limitBytes) => this.sayTooLarge(limitBytes),
    });
    this.command = command;
    const why = await command.ended;
    this.command = undefined;
    return why;
  }

  private offer(picture: Uint8Array): void {
    const nowMs = monotonicMs();
    if (this.fault !== undefined) this.host.log.info(`${this.settings.name}: pictures come again`);
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
    const { name } = this.settings;
    this.host.log.info(
      `${name}: ${this.taken} frames taken, ${this.dropped} dropped for newer ones`,
    );
  }

  private sayTooLarge(limitBytes: number): void {
    this.dropped += 1;
    if (this.isTooLargeSaid) return;
    this.isTooLargeSaid = true;
    this.host.log.warn(
      `${this.settings.name}: pictures above ${limitBytes / 2 ** 20} MiB are dropped; set the camera to smaller ones`,
    );
  }

  private async work(): Promise<void> {
    const { queue, limit, log } = this.host;
    this.isBusy = true;
    try {
      while (this.newest !== undefined && !limit.isReached) {
        this.taken += 1;
        const source = `${this.settings.name} ${this.taken}`;
        const { begun } = queue.submit({ source, load: () => this.takeNewest() });
        limit.count();
        await begun;
      }
    } catch (error) {
      log.debug(`${this.settings.name}: ${errorText(error)}`);
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
