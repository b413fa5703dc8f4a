/** Explains a plan: every candidate priced by stage in the present situation, and the next breakpoints. Pure. */
import { cutsOf, type DesiredPlan, latencyAt, rowsOfPlan } from '../../wire/index.js';
import { linkText, mbpsOf } from '../pricing/link-estimates.js';
import { predict, type Situation } from '../pricing/prediction.js';
import type { Breakpoint, Candidate, Explanation } from './plan-answers.js';

/** Rates looked at: a hundredth apart, over the range of plan tables. */
const STEP = 1.01;
const MIN_MBPS = 0.05;
const MAX_MBPS = 1000;

/** Explains a plan in a situation, of which frames follow a cut. */
export function explain(situation: Situation, plan: DesiredPlan, followed: number): Explanation {
  const candidates = cutsOf(plan).map(
    (cut): Candidate => ({
      cut: cut.cut,
      blocksOnDevice: cut.device.length,
      uploads: cut.uploads,
      predicted: predict(situation, cut) ?? null,
    }),
  );
  const totalOf = ({ predicted }: Candidate): number =>
    predicted?.totalMs ?? Number.POSITIVE_INFINITY;
  const sorted = candidates.toSorted((a, b) => totalOf(a) - totalOf(b));
  const mbps = mbpsOf(situation.link);
  return {
    because: reasonOf(sorted, followed, situation, plan),
    candidates: sorted,
    strategies: plan.alternatives,
    breakpoints: {
      slower: breakpoint(plan, mbps, 1 / STEP),
      faster: breakpoint(plan, mbps, STEP),
    },
  };
}

function reasonOf(
  sorted: readonly Candidate[],
  followed: number,
  { link, strategy = 'auto' }: Situation,
  plan: DesiredPlan,
): string {
  const [best] = sorted;
  const own = sorted.find(({ cut }) => cut === followed);
  if (strategy !== 'auto') return `an operator ordered strategy ${strategy}`;
  if (plan.mix !== undefined) return 'frames come back to back: the mix has the shortest period';
  const at = `uplink ${linkText(link)}`;
  if (!best?.predicted || !own?.predicted) return `it is the only one that can be run; ${at}`;
  const [ownMs, bestMs] = [own.predicted.totalMs, best.predicted.totalMs];
  if (own === best) return `it takes ${shown(ownMs)} ms, less than any other; ${at}`;
  const gain = Math.round(100 * (1 - bestMs / ownMs));
  return `cut ${best.cut} would take ${shown(bestMs)} ms instead of ${shown(ownMs)}, ${gain} % less: not enough for a switch yet, or too new; ${at}`;
}

const shown = (ms: number): string => String(Number(ms.toPrecision(3)));

/** The first rate in a direction at which another row is the best by more than rounding. */
function breakpoint(plan: DesiredPlan, fromMbps: number, step: number): Breakpoint | null {
  const rows = rowsOfPlan(plan);
  const bestAt = (mbps: number): number => {
    const costs = rows.map(({ times }) => latencyAt(times, 0.008 / mbps));
    return rows[costs.indexOf(Math.min(...costs))]?.cut ?? 0;
  };
  const now = bestAt(fromMbps);
  for (let mbps = fromMbps * step; mbps > MIN_MBPS && mbps < MAX_MBPS; mbps *= step) {
    const cut = bestAt(mbps);
    if (cut !== now) return { uplinkMbps: Number(mbps.toPrecision(4)), cut };
  }
  return null;
}
