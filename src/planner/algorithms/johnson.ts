/**
 * Johnson's rule for two machines (S. M. Johnson, Optimal two- and three-stage production schedules
 * with setup times included, 1954).
 */

/** A piece of work that needs the first machine, then the second. */
export interface Job {
  readonly firstMs: number;
  readonly secondMs: number;
}

/**
 * Negative when `one` goes before `other`: jobs with first ≤ second by first ascending, then the
 * rest by second descending. A total preorder; equal jobs keep their order under a stable sort.
 */
export function johnsonOrder(one: Job, other: Job): number {
  const isEarly = one.firstMs <= one.secondMs;
  if (isEarly !== other.firstMs <= other.secondMs) return isEarly ? -1 : 1;
  return isEarly ? one.firstMs - other.firstMs : other.secondMs - one.secondMs;
}
