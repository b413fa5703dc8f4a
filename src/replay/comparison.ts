/** One case under every policy. */
import { SWITCHES_PER_MINUTE } from '../wire/index.js';
import { clairvoyant, patientClairvoyant } from './clairvoyant.js';
import { type ReplayCase, replay } from './replay.js';
import { type ReplaySummary, summaryOf } from './summary.js';

export const policyNames = [
  'clairvoyant',
  'clairvoyant-six',
  'adaptive',
  'best-fixed',
  'rate-average',
  'quick-rate',
] as const;
export type ComparedPolicy = (typeof policyNames)[number];

/** By policy; `best-fixed` is the row that in hindsight was best for all frames, `row` names it. */
export type Comparison = Readonly<
  Record<ComparedPolicy, ReplaySummary & { readonly row?: number }>
>;

/** Replays a case under one policy. */
export function compared(one: ReplayCase, name: ComparedPolicy): Comparison[ComparedPolicy] {
  if (name === 'clairvoyant') return summaryOf(clairvoyant(one), one.lastsMs);
  if (name === 'clairvoyant-six') {
    return summaryOf(patientClairvoyant(one, SWITCHES_PER_MINUTE), one.lastsMs);
  }
  if (name !== 'best-fixed') return summaryOf(replay(one, name), one.lastsMs);
  const fixed = one.rows.map((_, row) => ({ ...summaryOf(replay(one, row), one.lastsMs), row }));
  return fixed.reduce((best, next) => (next.meanMs < best.meanMs ? next : best));
}

/** Replays a case under all of them. */
export function compareAll(one: ReplayCase): Comparison {
  const entries = policyNames.map((name) => [name, compared(one, name)] as const);
  return Object.fromEntries(entries) as unknown as Comparison;
}
