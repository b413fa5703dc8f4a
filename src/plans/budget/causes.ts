/** Why a device is planned for, and which of these causes come by themselves. */
import type { planCauses } from '../../wire/index.js';

/**
 * `cap`: a month's cap on bytes allows other bytes a frame. `site`: the device has another share of the line of its site. Such plans go
 * out under `operator`, since agents know no other causes.
 */
export type PlanCause = (typeof planCauses)[number] | 'cap' | 'site';

/** Causes that can come at any time, and how much they ask of a plan. An operator, or a first connection, has the others. */
const AUTOMATIC: ReadonlyMap<string, number> = new Map([
  ...(['link', 'site', 'cap'] as const).map((cause) => [cause, 0] as const),
  ...(['profile', 'rate', 'source'] as const).map((cause) => [cause, 1] as const),
  ['drift', 2],
]);

/** True for a cause that no operator has: documents for it have a budget. */
export function isAutomatic(cause: string): boolean {
  return AUTOMATIC.has(cause);
}

/** The cause of one plan for two requests: an operator's comes first, else the one that asks more; the newer of equal ones. */
export function weightierCause(before: PlanCause, now: PlanCause): PlanCause {
  const weightOf = (cause: PlanCause): number => AUTOMATIC.get(cause) ?? Number.POSITIVE_INFINITY;
  return weightOf(now) >= weightOf(before) ? now : before;
}
