/** Clock for tests whose date, durations and timers run faster than those of the machine, all by one factor. */
import { Clock, type Timer, type TimerOptions } from '../../../src/platform/clock.js';

class ScaledClock extends Clock {
  private readonly startMs = super.monotonicMs();
  private readonly startDateMs = super.now().getTime();

  constructor(private readonly factor: number) {
    super();
  }

  override now(): Date {
    return new Date(this.startDateMs + this.monotonicMs() - this.startMs);
  }

  override monotonicMs(): number {
    return this.startMs + (super.monotonicMs() - this.startMs) * this.factor;
  }

  override after(ms: number, task: () => void, options?: TimerOptions): Timer {
    return super.after(ms / this.factor, task, options);
  }
}

/** A clock that starts now and runs `factor` times as fast; `every` and `sleep` follow `after`. */
export function scaled(factor: number): Clock {
  return new ScaledClock(factor);
}
