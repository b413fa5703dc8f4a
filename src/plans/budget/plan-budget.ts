/**
 * How often one device gets a plan document for causes that come by themselves: at most six in any minute, and fewer the longer that
 * goes on (docs/decisions/0089-a-budget-for-plans.md). Pure; times are on the monotonic clock.
 *
 * A dwell follows every document: 2 s after the first and the second, then twice as long each time, up to five minutes. The next one
 * is a step shorter for every five minutes in which nothing waits. So a change that comes five minutes after the last document never
 * waits, and what changes for ever ends at twelve documents an hour.
 */

/** Least time between two documents: estimates settle, a device applies a plan. */
export const LEAST_DWELL_MS = 2_000;
export const MAX_DWELL_MS = 300_000;
/** Documents with the least dwell after them. */
const FREE = 2;
/** Time without a document, and with nothing that waits for one, that shortens the dwell by a step. */
const QUIET_MS = 300_000;
/** The first level with the longest dwell. */
const MAX_LEVEL = FREE + Math.ceil(Math.log2(MAX_DWELL_MS / LEAST_DWELL_MS));

/** The time after a document of a level, counted from 1, in which there is no other. */
function dwellMs(level: number): number {
  return Math.min(MAX_DWELL_MS, LEAST_DWELL_MS * 2 ** Math.max(0, level - FREE));
}

export class PlanBudget {
  /** Documents that count: the latest ones, less a step for every quiet time. */
  private level = 0;
  private readyAtMs = Number.NEGATIVE_INFINITY;
  private quietSinceMs = Number.NEGATIVE_INFINITY;
  private isWaitedFor = false;

  /** How long a document must wait; 0: it may come now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.readyAtMs - nowMs);
  }

  /** Something waits for a document from now on: this is no quiet time. */
  waits(nowMs: number): void {
    this.calm(nowMs);
    this.isWaitedFor = true;
  }

  /** Nothing waits any more. */
  ends(nowMs: number): void {
    if (this.isWaitedFor) this.quietSinceMs = nowMs;
    this.isWaitedFor = false;
  }

  /** A document for a cause that came by itself was made. */
  issued(nowMs: number): void {
    this.calm(nowMs);
    this.level = Math.min(MAX_LEVEL, this.level + 1);
    this.readyAtMs = nowMs + dwellMs(this.level);
    this.quietSinceMs = nowMs;
  }

  private calm(nowMs: number): void {
    if (this.isWaitedFor) return;
    const steps = Math.floor((nowMs - this.quietSinceMs) / QUIET_MS);
    if (steps <= 0) return;
    this.level = Math.max(0, this.level - steps);
    // Not the time of the last step: a part of a step counts on.
    this.quietSinceMs = this.level === 0 ? nowMs : this.quietSinceMs + steps * QUIET_MS;
  }
}
