/**
 * Time of the service: two clocks and their timers, injectable so that a test can hold or hasten them.
 *
 * Timers that watch the kernel or a process (sockets, tail processes, the event loop) use Node's own: a hastened clock does
 * not make those faster.
 */

/** A timer under way. */
export interface Timer {
  /** Ends it; does nothing when it has fired or ended before. */
  cancel(): void;
}

export interface TimerOptions {
  /** Whether the process lives until it fires; false by default. */
  readonly keepsAlive?: boolean;
}

/** What setTimeout can count to; it fires at once beyond. */
const LONGEST_MS = 2 ** 31 - 1;

/** Wall time for people and rows; monotonic time for every duration, so that a clock step changes no measurement. */
export class Clock {
  now(): Date {
    return new Date();
  }

  /** Milliseconds since some fixed moment, with fractions; never goes back. */
  monotonicMs(): number {
    return performance.now();
  }

  /** Runs a task once, not before `ms` have passed. */
  after(ms: number, task: () => void, { keepsAlive = false }: TimerOptions = {}): Timer {
    const dueMs = performance.now() + ms;
    let timeout: NodeJS.Timeout | undefined;
    const wait = (restMs: number): void => {
      timeout = setTimeout(fire, Math.min(LONGEST_MS, Math.ceil(restMs)));
      if (!keepsAlive) timeout.unref();
    };
    const fire = (): void => {
      // Node rounds times, and may be early by a part of a millisecond.
      const restMs = dueMs - performance.now();
      if (restMs > 0) wait(restMs);
      else task();
    };
    wait(ms);
    return { cancel: () => clearTimeout(timeout) };
  }

  /** Runs a task again and again, with at least `ms` between two runs, and before the first. */
  every(ms: number, task: () => void, options: TimerOptions = {}): Timer {
    let isCancelled = false;
    let next: Timer;
    const arm = (): void => {
      next = this.after(ms, run, options);
    };
    const run = (): void => {
      try {
        task();
      } finally {
        if (!isCancelled) arm();
      }
    };
    arm();
    return {
      cancel() {
        isCancelled = true;
        next.cancel();
      },
    };
  }

  /** Resolves when `ms` have passed; rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const aborted = (): void => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = this.after(
        ms,
        () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        },
        { keepsAlive: true },
      );
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }
}
