/** The two clocks of the service, injectable so that a test can hold them. */

/** Wall time for people and rows; monotonic time for every duration, so that a clock step changes no measurement. */
export class Clock {
  now(): Date {
    return new Date();
  }

  /** Milliseconds since some fixed moment, with fractions; never goes back. */
  monotonicMs(): number {
    return performance.now();
  }
}
