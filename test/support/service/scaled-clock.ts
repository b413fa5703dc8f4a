/** Clock for tests whose date, durations and timers run faster than those of the machine, all by one factor. */
import { Clock, type Timer, type TimerOptions } from '../../../src/platform/clock.js';

export class ScaledClock extends Clock {
  private readonly startMs = super.monotonicMs();
  private readonly startDateMs: number;
  /** Tasks that came due while timers are held. */
  private due: (() => void)[] | undefined;

  constructor(
    private readonly factor: number,
    start: Date,
  ) {
    super();
    this.startDateMs = start.getTime();
  }

  override now(): Date {
    return new Date(this.startDateMs + this.monotonicMs() - this.startMs);
  }

  override monotonicMs(): number {
    return this.startMs + (super.monotonicMs() - this.startMs) * this.factor;
  }

  override after(ms: number, task: () => void, options?: TimerOptions): Timer {
    let isCancelled = false;
    const run = (): void => {
      if (isCancelled) return;
      if (this.due === undefined) task();
      else this.due.push(run);
    };
    const timer = super.after(ms / this.factor, run, options);
    return {
      cancel() {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  /** Fires no timer until release(), while time goes on. */
  hold(): void {
    this.due ??= [];
  }

  /** Fires what came due meanwhile. */
  release(): void {
    const due = this.due ?? [];
    this.due = undefined;
    for (const run of due) run();
  }
}

/** A clock that starts now, or at a date, and runs `factor` times as fast; `every` and `sleep` follow `after`. */
export function scaled(factor: number, start = new Date()): ScaledClock {
  return new ScaledClock(factor, start);
}
