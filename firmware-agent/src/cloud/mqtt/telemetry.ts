/** Sends telemetry of link and device: at news, and else as often as the traffic profile says. */
import { readFileSync } from 'node:fs';
import { freemem, loadavg } from 'node:os';
import type { LinkEstimator, Telemetry } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import { type Standing, TelemetryNews } from '../../traffic/telemetry-news.js';
import type { Traffic } from '../../traffic/traffic.js';
import type { CloudSession } from './cloud-session.js';

const CHECK_MS = 250;

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
  /** Frames begun so far. */
  readonly framesBegun: () => number;
  /** Times the link when it is time to, and needed. */
  readonly probe: () => void;
}

export class TelemetrySender {
  private timer: NodeJS.Timeout | undefined;
  private readonly news = new TelemetryNews();

  constructor(
    private readonly session: CloudSession,
    private readonly estimator: LinkEstimator,
    private readonly traffic: Traffic,
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
    this.device.probe();
    if (this.news.isDue(this.standing(nowMs), this.traffic.profile, nowMs)) this.report(nowMs);
  }

  private standing(nowMs: number): Standing {
    const { device, traffic } = this;
    return {
      link: this.estimator.estimate(nowMs),
      hasFiles: device.jpegBytes() !== undefined,
      hasRate: device.intervalMs() !== undefined,
      states: `${statesOf(device.inputs())} ${device.onDisk().diskFault} ${codesOf(device.faults())} ${traffic.isSpent}`,
      frames: device.framesBegun(),
    };
  }

  private report(nowMs: number): void {
    const standing = this.standing(nowMs);
    this.news.report(standing, nowMs);
    const jpegBytes = this.device.jpegBytes();
    const intervalMs = this.device.intervalMs();
    const inputs = this.device.inputs();
    const faults = this.device.faults();
    const intervalSpread = intervalMs === undefined ? undefined : this.device.intervalSpread();
    const telemetry: Telemetry = {
      v: 1,
      sid: this.session.sid,
      at: new Date().toISOString(),
      link: standing.link,
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
      traffic: this.traffic.figures(),
      ...readBoard(),
    };
    this.session.publish('telemetry', telemetry).catch(() => undefined);
  }
}

/** A camera that fails, or comes back, is news; one that tries again is none. */
function statesOf(inputs: NonNullable<Telemetry['inputs']>): string {
  return inputs.map(({ fault }) => (fault === undefined ? 'well' : 'failed')).join();
}

/** A fault that begins or ends is news; that it lasts is none. */
function codesOf(faults: NonNullable<Telemetry['faults']>): string {
  return faults.map(({ code }) => code).join();
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
