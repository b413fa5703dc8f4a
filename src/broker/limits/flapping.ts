/**
 * Devices that connect over and over: two machines with one id, or an agent that ends as soon as it has begun.
 *
 * Only sessions with the right secret count, so that nobody can have another one's device banned.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, TokenBucket } from '../../platform/index.js';
import { TroubleLog } from './incident-log.js';

interface Habit {
  readonly bucket: TokenBucket;
  bannedUntilMs: number;
}

/** A full bucket holds the sessions of so many minutes. */
const BURST_MIN = 2;
const MAX_DEVICES = 20_000;

@Injectable()
export class Flapping {
  private readonly habits = new Map<string, Habit>();

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(TroubleLog) private readonly trouble: TroubleLog,
  ) {}

  /** Counts a session of a device that is about to begin; the ms it is banned for instead, 0: it may begin. */
  begin(device: string, address: string): number {
    const nowMs = this.clock.monotonicMs();
    const habit = this.habitOf(device, nowMs);
    if (nowMs < habit.bannedUntilMs) return habit.bannedUntilMs - nowMs;
    if (habit.bucket.waitMs(1, nowMs) === 0) {
      habit.bucket.take(1, nowMs);
      return 0;
    }
    const { flappingBanMs } = this.config;
    habit.bannedUntilMs = nowMs + flappingBanMs;
    this.trouble.report('flapping', { device, address, flappingBanMs }, 'connects over and over');
    return flappingBanMs;
  }

  private habitOf(device: string, nowMs: number): Habit {
    const known = this.habits.get(device);
    if (known !== undefined) return known;
    const oldest = this.habits.keys().next();
    if (this.habits.size >= MAX_DEVICES && !oldest.done) this.habits.delete(oldest.value);
    const { sessionsPerMinute } = this.config;
    const bucket = new TokenBucket(sessionsPerMinute / 60, BURST_MIN * sessionsPerMinute, nowMs);
    const habit = { bucket, bannedUntilMs: Number.NEGATIVE_INFINITY };
    this.habits.set(device, habit);
    return habit;
  }
}
