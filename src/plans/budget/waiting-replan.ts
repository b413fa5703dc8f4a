/**
 * The re-plan of one device that waits for its budget. There is one at most: it is for the device as it is at its time, so whatever else
 * comes meanwhile is in it, and only its cause can change.
 */
import type { Clock, Timer } from '../../platform/index.js';
import { type PlanCause, weightierCause } from './causes.js';

export interface Waiting {
  readonly cause: PlanCause;
  readonly since: Date;
  /** When the device is planned for. */
  readonly until: Date;
}

export class WaitingReplan {
  private waiting: (Waiting & { readonly timer: Timer }) | undefined;

  /** What waits now. */
  get now(): Waiting | undefined {
    return this.waiting;
  }

  /** Calls back with the weightiest cause when the time is over; the time of the first one holds. */
  hold(clock: Clock, cause: PlanCause, inMs: number, due: (cause: PlanCause) => void): void {
    if (this.waiting !== undefined) {
      this.waiting = { ...this.waiting, cause: weightierCause(this.waiting.cause, cause) };
      return;
    }
    const since = clock.now();
    const until = new Date(since.getTime() + inMs);
    const timer = clock.after(inMs, () => due(this.end() ?? cause));
    this.waiting = { cause, since, until, timer };
  }

  /** Ends the wait; the cause that waited. */
  end(): PlanCause | undefined {
    const { cause, timer } = this.waiting ?? {};
    timer?.cancel();
    this.waiting = undefined;
    return cause;
  }
}
