/** Explains a plan: every candidate priced by stage in the present situation, and the next breakpoints. Pure. */
import {
  cutsOf,
  type DesiredPlan,
  latencyAt,
  type PacedPlan,
  rowsOfPlan,
} from '../../wire/index.js';
import { cutsInUse, kindOf } from '../decision/best-plan.js';
import { paceText, priceText } from '../decision/limit-news.js';
import { sustainedMsOf } from '../pricing/frame-pace.js';
import { linkText, mbpsOf } from '../pricing/link-estimates.js';
import { busiestMs, loadsOf } from '../pricing/machine-loads.js';
import {
  type LineShare,
  type Margin,
  marginsFor,
  PROMISED_WAIT,
  slacksOf,
} from '../pricing/pace-margin.js';
import { predict, type Situation } from '../pricing/prediction.js';
import type { Breakpoint, Candidate, Explanation, PaceMargins } from './plan-answers.js';

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
    ...paceOf(situation, plan, followed),
    candidates: sorted,
    strategies: plan.alternatives,
    breakpoints: {
      slower: breakpoint(plan, mbps, 1 / STEP),
      faster: breakpoint(plan, mbps, STEP),
    },
  };
}

/** What the plan is best at, and how busy frames keep the machines: by the mix, or by the cut that is followed. */
function paceOf(
  situation: Situation,
  plan: DesiredPlan,
  followed: number,
): Pick<Explanation, 'objective' | 'intervalMs' | 'loads' | 'margins'> {
  const one = cutsOf(plan)[followed] ?? plan;
  const loads = plan.mix
    ? loadsOf(situation, cutsInUse(plan), plan.mix.pattern)
    : loadsOf(situation, [one], [0]);
  const { paced } = plan;
  const slacks = slacksOf(marginsFor(situation));
  const shortestMs = loads && (paced ? sustainedMsOf(loads, 0, slacks) : busiestMs(loads));
  return {
    objective: kindOf(plan),
    intervalMs: situation.intervalMs ?? null,
    loads: loads && shortestMs !== undefined ? { ...loads, shortestMs } : null,
    margins: paced === undefined ? null : paceMargins(situation),
  };
}

/** What every machine keeps free of the interval, and why. */
function paceMargins(situation: Situation): PaceMargins {
  const { device, uplink, cloud } = marginsFor(situation);
  return {
    device: marginView(device),
    uplink: marginView(uplink),
    cloud: marginView(cloud),
    gapSpread: situation.spreads?.gaps ?? null,
    promisedWait: PROMISED_WAIT,
  };
}

function marginView({ share, source, spread }: Margin): PaceMargins['device'] {
  return { share, source, spread: spread?.share ?? null, slower: spread?.slower ?? null };
}

function reasonOf(
  sorted: readonly Candidate[],
  followed: number,
  situation: Situation,
  plan: DesiredPlan,
): string {
  const { link, strategy = 'auto' } = situation;
  const [best] = sorted;
  const own = sorted.find(({ cut }) => cut === followed);
  if (situation.limits?.maxFrameBytes === 0) {
    return 'the bytes of this month are spent: frames send nothing';
  }
  if (strategy !== 'auto') return `an operator ordered strategy ${strategy}`;
  const limited = limitReason(situation, plan);
  if (limited !== undefined) return limited;
  if (plan.paced !== undefined) return pacedReason(plan, plan.paced, situation.line);
  if (plan.mix !== undefined) return 'frames come back to back: the mix has the shortest period';
  const at = `uplink ${linkText(link)}`;
  if (!best?.predicted || !own?.predicted) return `it is the only one that can be run; ${at}`;
  const [ownMs, bestMs] = [own.predicted.totalMs, best.predicted.totalMs];
  if (own === best) return `it takes ${shown(ownMs)} ms, less than any other; ${at}`;
  const gain = Math.round(100 * (1 - bestMs / ownMs));
  return `cut ${best.cut} would take ${shown(bestMs)} ms instead of ${shown(ownMs)}, ${gain} % less: not enough for a switch yet, or too new; ${at}`;
}

/** Where limits, not the least latency, decide which cut frames follow. */
function limitReason(situation: Situation, { mix }: DesiredPlan): string | undefined {
  const { limits, deadline } = situation;
  if (mix !== undefined) return undefined;
  if (deadline !== undefined) {
    const percent = shown(100 * deadline.risk);
    return `at most ${percent} % of the frames may end after ${shown(deadline.deadlineMs)} ms; of the cuts within that, the device follows the one that sends least`;
  }
  if (limits?.bytesPrice === undefined) return undefined;
  return `${priceText(limits.bytesPrice, situation)}; latency and this price together are least`;
}

function pacedReason(
  { mix }: DesiredPlan,
  { intervalMs, sustainedMs }: PacedPlan,
  line: LineShare | undefined,
): string {
  const text = paceText(intervalMs, line) ?? `frames come every ${shown(intervalMs)} ms`;
  if (sustainedMs > intervalMs) {
    return `${text}, more often than any plan sustains; this one sustains the most, a frame every ${shown(sustainedMs)} ms`;
  }
  const what = mix === undefined ? 'cut' : 'mix';
  return `${text}; of all that sustain this, the ${what} has the least latency`;
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
