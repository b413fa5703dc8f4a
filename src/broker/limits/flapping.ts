/**
 * Bans devices that reconnect too often: two machines with one id, or an agent that crashes at its start.
 *
 * Only sessions with the right secret count, so that a client cannot get another device banned.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, TokenBucket } from '../../platform/index.js';
import { IncidentLog } from './incident-log.js';

interface SessionRate {
  readonly bucket: TokenBucket;
  bannedUntilMs: number;
}

/** A full bucket holds this many minutes of sessions. */
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

  /** Counts a session that is about to begin; returns 0 when it may, else the ms of its ban. */
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
    this.incidents.report(
      'flapping',
      { device, address, flappingBanMs },
      'device reconnects too often',
    );
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
