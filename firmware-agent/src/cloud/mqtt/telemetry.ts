/** Sends telemetry of link and device every few seconds, and at once when the link has changed. */
import { readFileSync } from 'node:fs';
import { freemem, loadavg } from 'node:os';
import type { LinkEstimate, LinkEstimator, Telemetry } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import type { CloudSession } from './cloud-session.js';

const EVERY_MS = 5000;
const CHECK_MS = 250;
/** A change of the estimate by more than this share is sent at once. */
const CHANGE_SHARE = 0.15;

/** Figures of the other parts of the agent. */
export interface TelemetrySources {
  readonly framesWaiting: () => number;
  /** Records that wait, those that were dropped, what is wrong with the disk, and what was found damaged. */
  readonly onDisk: () => Pick<
    Telemetry,
    'recordsWaiting' | 'recordsDropped' | 'diskFault' | 'damageFound' | 'lastDamage'
  >;
  /** Better rows that were not followed. */
  readonly suppressed: () => number;
  /** Length of the JPEG files that frames come as; undefined where they are none. */
  readonly jpegBytes: () => number | undefined;
  /** Interval of the frames that come by themselves; undefined while unknown. */
  readonly intervalMs: () => number | undefined;
  /** How irregularly they come, as a share of the interval; undefined while unknown. */
  readonly intervalSpread: () => number | undefined;
  /** Cameras as they are now; empty where there are none. */
  readonly inputs: () => NonNullable<Telemetry['inputs']>;
  /** What is wrong with the device now; empty while nothing is. */
  readonly faults: () => NonNullable<Telemetry['faults']>;
  /** True when a probe would delay no tensor. */
  readonly isQuiet: () => boolean;
  /** Times the link when it is time to. */
  readonly probe: () => Promise<void>;
}

export class TelemetrySender {
  private timer: NodeJS.Timeout | undefined;
  private reportedAtMs = Number.NEGATIVE_INFINITY;
  private reported: LinkEstimate | null = null;
  private reportedJpegBytes: number | undefined;
  private reportedIntervalMs: number | undefined;
  private reportedStates = '';

  constructor(
    private readonly session: CloudSession,
    private readonly estimator: LinkEstimator,
    private readonly device: TelemetrySources,
  ) {
    session.on('ready', () => this.report(monotonicMs()));
  }

  start(): void {
    this.timer = setInterval(() => this.check(), CHECK_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Sends news that must not wait, where the device is online. */
  reportNow(): void {
    if (this.session.isOnline) this.report(monotonicMs());
  }

  private check(): void {
    if (!this.session.isOnline) return;
    const nowMs = monotonicMs();
    const link = this.estimator.estimate(nowMs);
    const isDue = nowMs - this.reportedAtMs >= EVERY_MS;
    if (this.device.isQuiet()) void this.device.probe();
    const isFirstFile =
      this.reportedJpegBytes === undefined && this.device.jpegBytes() !== undefined;
    const isFirstRate =
      this.reportedIntervalMs === undefined && this.device.intervalMs() !== undefined;
    const hasNewState = statesOf(this.device.inputs()) !== this.reportedStates;
    const isNews = isFirstFile || isFirstRate || hasNewState || hasMoved(this.reported, link);
    if (isDue || isNews) this.report(nowMs);
  }

  private report(nowMs: number): void {
    const link = this.estimator.estimate(nowMs);
    this.reported = link;
    this.reportedAtMs = nowMs;
    const jpegBytes = this.device.jpegBytes();
    this.reportedJpegBytes = jpegBytes;
    const intervalMs = this.device.intervalMs();
    this.reportedIntervalMs = intervalMs;
    const inputs = this.device.inputs();
    this.reportedStates = statesOf(inputs);
    const faults = this.device.faults();
    const intervalSpread = intervalMs === undefined ? undefined : this.device.intervalSpread();
    const telemetry: Telemetry = {
      v: 1,
      sid: this.session.sid,
      at: new Date().toISOString(),
      link,
      load: loadavg()[0] ?? 0,
      freeMemoryBytes: freemem(),
      framesWaiting: this.device.framesWaiting(),
      ...this.device.onDisk(),
      suppressed: this.device.suppressed(),
      ...(jpegBytes !== undefined && { jpegBytes }),
      ...(intervalMs !== undefined && { intervalMs }),
      ...(intervalSpread !== undefined && { intervalSpread }),
      inputs,
      faults,
      ...readBoard(),
    };
    this.session.publish('telemetry', telemetry).catch(() => undefined);
  }
}

/** A camera that fails, or comes back, is news; one that tries again is none. */
function statesOf(inputs: NonNullable<Telemetry['inputs']>): string {
  return inputs.map(({ fault }) => (fault === undefined ? 'well' : 'failed')).join();
}

/** True when the rate moved far enough to change a plan. */
export function hasMoved(reported: LinkEstimate | null, now: LinkEstimate | null): boolean {
  if (reported === null || now === null) return reported !== now;
  const [was, is] = [reported.downlinkMsPerByte, now.downlinkMsPerByte];
  if ((was === undefined) !== (is === undefined)) return true;
  const up = Math.abs(now.uplinkMsPerByte / reported.uplinkMsPerByte - 1);
  const down = was === undefined || is === undefined ? 0 : Math.abs(is / was - 1);
  return Math.max(up, down) > CHANGE_SHARE;
}

/** Temperature and throttling where the kernel reports them (Raspberry Pi OS does). */
function readBoard(): { temperatureC?: number; isThrottled?: boolean } {
  const thermal = readNumber('/sys/class/thermal/thermal_zone0/temp', 10);
  const throttled = readNumber('/sys/devices/platform/soc/soc:firmware/get_throttled', 16);
  return {
    ...(thermal !== undefined && { temperatureC: thermal / 1000 }),
    // Bits 0–3: under-voltage, capped, throttled, soft limit, each of them now.
    ...(throttled !== undefined && { isThrottled: (throttled & 0xf) !== 0 }),
  };
}

function readNumber(path: string, radix: number): number | undefined {
  try {
    const number = Number.parseInt(readFileSync(path, 'utf8'), radix);
    return Number.isNaN(number) ? undefined : number;
  } catch {
    return undefined;
  }
}
