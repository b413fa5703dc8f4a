/**
 * Devices that connect over and over: two machines with one id, or an agent that ends as soon as it has begun.
 *
 * Only sessions with the right secret count, so that nobody can have another one's device banned.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, TokenBucket } from '../../platform/index.js';
import { IncidentLog } from './incident-log.js';

interface SessionRate {
  readonly bucket: TokenBucket;
  bannedUntilMs: number;
}

/** A full bucket holds the sessions of so many minutes. */
const BURST_MIN = 2;
const MAX_DEVICES = 20_000;

@Injectable()
export class Flapping {
  private readonly rates = new Map<string, SessionRate>();

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
  ) {}

  /** Counts a session of a device that is about to begin; the ms it is banned for instead, 0: it may begin. */
  begin(device: string, address: string): number {
    const nowMs = this.clock.monotonicMs();
    const rate = this.rateOf(device, nowMs);
    if (nowMs < rate.bannedUntilMs) return rate.bannedUntilMs - nowMs;
    if (rate.bucket.waitMs(1, nowMs) === 0) {
      rate.bucket.take(1, nowMs);
      return 0;
    }
    const { flappingBanMs } = this.config;
    rate.bannedUntilMs = nowMs + flappingBanMs;
    this.incidents.report('flapping', { device, address, flappingBanMs }, 'connects over and over');
    return flappingBanMs;
  }

  private rateOf(device: string, nowMs: number): SessionRate {
    const known = this.rates.get(device);
    if (known !== undefined) return known;
    const oldest = this.rates.keys().next();
    if (this.rates.size >= MAX_DEVICES && !oldest.done) this.rates.delete(oldest.value);
    const { sessionsPerMinute } = this.config;
    const bucket = new TokenBucket(sessionsPerMinute / 60, BURST_MIN * sessionsPerMinute, nowMs);
    const rate = { bucket, bannedUntilMs: Number.NEGATIVE_INFINITY };
    this.rates.set(device, rate);
    return rate;
  }
}
