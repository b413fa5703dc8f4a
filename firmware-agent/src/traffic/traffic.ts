/** The traffic of this agent: its profile, what it sent and received, and the cap of the month, if it has one. */
import { EventEmitter } from 'node:events';
import type { Telemetry } from '../../../src/wire/index.js';
import { monotonicMs } from '../clock.js';
import type { Log } from '../log.js';
import type { CapState, MonthlyCap } from './monthly-cap.js';
import { profileOf, type TrafficName, type TrafficProfile } from './profiles.js';
import { AgentSockets } from './sockets.js';
import { TrafficMeter } from './traffic-meter.js';

/** How often bytes are added to the count of the month. At 100 Mbps a second is 12 MB: what is large asks beforehand. */
const LOOK_MS = 1000;

interface TrafficEvents {
  /** The cap was reached, or a new month began. */
  change: [state: CapState];
}

export class Traffic extends EventEmitter<TrafficEvents> {
  readonly meter = new TrafficMeter();
  readonly sockets = new AgentSockets(this.meter);
  private readonly chosen: TrafficProfile;
  private readonly minimal = profileOf('minimal');
  private countedBytes = 0;
  private state: CapState;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    name: TrafficName,
    private readonly cap: MonthlyCap | undefined,
    private readonly log: Log,
  ) {
    super();
    this.chosen = profileOf(name);
    this.state = cap?.state ?? 'open';
    if (cap !== undefined && this.state !== 'open') this.report(cap);
  }

  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Counts the last bytes; call it when all connections are closed. */
  close(): void {
    clearInterval(this.timer);
    this.look();
    this.cap?.close();
  }

  /** The profile in force: once the month is spent, the least there is. */
  get profile(): TrafficProfile {
    return this.state === 'open' ? this.chosen : this.minimal;
  }

  /** True when frames, records, blocks and probes are not to use the link. */
  get isSpent(): boolean {
    return this.state !== 'open';
  }

  /** True when not even presence is allowed. */
  get isOver(): boolean {
    return this.state === 'over';
  }

  /** Whether bytes may still be sent or fetched. */
  allows(bytes: number): boolean {
    if (this.cap === undefined) return true;
    this.count();
    return this.cap.allows(bytes, monotonicMs());
  }

  /** The same for a piece of a frame. When one does not fit, the month is spent: the next ones would not fit either. */
  allowsFrame(bytes: number): boolean {
    if (this.allows(bytes)) return true;
    this.cap?.spend();
    this.changed();
    return false;
  }

  /** The time of the cloud, from a source that can be trusted. */
  learnTime(cloudMs: number): void {
    this.cap?.learn(cloudMs, monotonicMs());
    this.changed();
  }

  /** True when a cap needs the time, and it is unknown. */
  get needsTime(): boolean {
    return this.cap !== undefined && this.cap.timeAt(monotonicMs()) === undefined;
  }

  figures(): NonNullable<Telemetry['traffic']> {
    const { cap } = this;
    return {
      profile: this.profile.name,
      bytes: this.meter.byKind(),
      ...(cap !== undefined && {
        month: {
          ...{ capBytes: cap.capBytes, usedBytes: Math.round(cap.used) },
          ...{ month: cap.ofMonth, state: this.state },
        },
      }),
    };
  }

  private look(): void {
    this.count();
    this.changed();
  }

  private count(): void {
    if (this.cap === undefined) return;
    const { totalBytes } = this.meter;
    this.cap.use(totalBytes - this.countedBytes, monotonicMs());
    this.countedBytes = totalBytes;
  }

  private changed(): void {
    const { cap } = this;
    if (cap === undefined || cap.state === this.state) return;
    this.state = cap.state;
    this.report(cap);
    this.emit('change', this.state);
  }

  private report({ used, capBytes, ofMonth }: MonthlyCap): void {
    const share = `${(used / 1e6).toFixed(1)} of ${(capBytes / 1e6).toFixed(1)} MB of ${ofMonth ?? 'this month'}`;
    const texts = {
      open: `a new month: ${share} used`,
      spent: `${share} used: frames run on the device, and records wait, until the month ends (UTC)`,
      over: `${share} used: the agent disconnects until the month ends (UTC)`,
    };
    if (this.state === 'open') this.log.info(texts.open);
    else this.log.warn(texts[this.state]);
  }
}
