/**
 * Whether a device should get another plan. Pure.
 *
 * At a breakpoint of the link two plans cost the same, so a dead band costs nothing where it acts: another cut must gain a few percent,
 * more of them when the estimate is a guess or when frames vary (news-margins.ts). And since deadlines and the history lean on predictions,
 * a plan whose prediction has drifted by a fifth, and by more than noise explains, is issued again even if its cut stays. What an operator
 * orders is not weighed. A device whose plan table already covers the change gets no plan. A plan that breaks a limit, or does not know
 * it, is replaced.
 */
import type { DesiredPlan, LinkEstimate } from '../../wire/index.js';
import type { PlanCause } from '../budget/causes.js';
import type { StageNoise } from '../budget/frame-noise.js';
import { reasonFor } from '../pricing/frame-limits.js';
import { hasPaceChanged } from '../pricing/frame-pace.js';
import { linkText } from '../pricing/link-estimates.js';
import { predict, type Situation } from '../pricing/prediction.js';
import {
  bestPlan,
  costOf,
  isSamePlan,
  kindOf,
  plannedCost,
  weighedCost,
  weighedPlan,
} from './best-plan.js';
import {
  abilityNews,
  hasSameCuts,
  hasTable,
  limitNews,
  mayHaveOtherCuts,
  paceText,
} from './limit-news.js';
import { type NewsMargins, newsMargins } from './news-margins.js';
import { type CutsAt, tableFor } from './plan-rows.js';
import { type PricedPlan, type Proposal, proposalOf } from './proposal.js';
import { type Followed, isCovered, isTableOff } from './table-cover.js';

export type Decision =
  | { readonly kind: 'issue'; readonly proposal: Proposal; readonly text: string }
  /** `isHeldBack`: another cut would be better, but not by enough; `isByTable`: the device has a row for what has changed. */
  | { readonly kind: 'keep'; readonly isHeldBack: boolean; readonly isByTable?: true }
  | { readonly kind: 'impossible'; readonly because: string };

/** Causes whose news a table may have foreseen. */
const FORESEEABLE: ReadonlySet<PlanCause> = new Set(['link', 'profile', 'drift']);

/** What is judged: a device's situation, its plan and the row of it that it follows, and what happened. */
export interface Question {
  readonly situation: Situation;
  readonly current: DesiredPlan | undefined;
  readonly cause: PlanCause;
  /** The plan's own cut, when not given. */
  readonly followed?: Followed;
  /** How much frames vary, as far as is known. */
  readonly noise?: StageNoise;
}

const OWN_CUT: Followed = { cut: 0, isTrusted: false };

/** Judges the current plan of a device in its present situation. */
export function decide(question: Question, cutsAt?: CutsAt): Decision {
  const { situation, current, cause, followed = OWN_CUT } = question;
  const best = bestPlan(situation);
  if (best.kind === 'impossible') {
    return { kind: 'impossible', because: reasonFor(situation, best.because) };
  }
  const isOther = current !== undefined && !isSamePlan(current, best);
  const limits = limitNews(situation, current) ?? abilityNews(situation, current);
  const margins = newsMargins(question, best);
  const isDrifted =
    cause === 'drift' && current !== undefined && hasDrifted(situation, current, margins);
  const news =
    limits === undefined
      ? newsOf(question, { best, margins, isDrifted })
      : `${REASONS[cause]}: ${limits}`;
  if (news === undefined)
    return otherCuts(question, best, cutsAt) ?? { kind: 'keep', isHeldBack: isOther };
  const mayBeForeseen = limits === undefined && !isDrifted && FORESEEABLE.has(cause);
  if (
    mayBeForeseen &&
    current !== undefined &&
    isCovered(situation, current, { best, margins, followed })
  ) {
    return { kind: 'keep', isHeldBack: false, isByTable: true };
  }
  return {
    kind: 'issue',
    proposal: withTable(situation, proposalOf(situation, best), cutsAt),
    text: news,
  };
}

/** A plan with other cuts, where the limit on bytes allows others than the plan has; undefined where it does not. */
function otherCuts(
  { situation, current, cause }: Question,
  best: PricedPlan,
  cutsAt?: CutsAt,
): Decision | undefined {
  if (current === undefined || !mayHaveOtherCuts(situation, current)) return undefined;
  const proposal = withTable(situation, proposalOf(situation, best), cutsAt);
  if (hasSameCuts(current, proposal)) return undefined;
  const { maxFrameBytes } = situation.limits ?? {};
  const text =
    maxFrameBytes === undefined
      ? 'bytes of a frame are not limited any more'
      : `a frame may send ${maxFrameBytes} bytes now`;
  return { kind: 'issue', proposal, text: `${REASONS[cause]}: ${text}` };
}

/** The best plan, what it must exceed, and whether a reported drift is one of predictions. */
interface Weighing {
  readonly best: PricedPlan;
  readonly margins: NewsMargins;
  readonly isDrifted: boolean;
}

/** Why another plan is wanted; undefined where none is. */
function newsOf(
  { situation, current, cause }: Question,
  { best, margins, isDrifted }: Weighing,
): string | undefined {
  const reason = REASONS[cause];
  if (current === undefined) return `${reason}; uplink ${linkText(situation.link)}`;
  const nowMs = costOf(situation, current);
  if (nowMs === undefined) return `${reason}; the plan so far cannot be kept`;
  const otherPace = paceNews(situation, current, best);
  if (otherPace !== undefined) return otherPace;
  const isOther = !isSamePlan(current, best);
  const isStream = kindOf(best) === 'stream';
  const change = changeText(current.link, situation.link, reason);
  const [bestMs, plannedMs] = [plannedCost(best), plannedCost(current)];
  if (isDrifted) {
    return `${change}: ${shown(bestMs)} ms are predicted now, ${shown(plannedMs)} ms were`;
  }
  const { strategy = 'auto', deadlineMs } = situation;
  const isOrdered = strategy !== 'auto';
  if (isOther && (cause === 'operator' || isOrdered)) {
    return `${change}: ${shown(bestMs)} ms by strategy ${strategy}`;
  }
  // With a table a device chooses for itself, without one it cannot.
  if (cause === 'operator' && hasTable(situation) !== (current.table !== undefined))
    return `${change}: by strategy ${strategy}`;
  const [nowWeighed = nowMs, bestWeighed] = [
    weighedCost(situation, current),
    weighedPlan(situation, best),
  ];
  if (isOther && gainOf(nowWeighed, bestWeighed) > margins.leastGain(nowWeighed)) {
    const what = isStream ? 'a frame every ' : '';
    const price = nowWeighed === nowMs ? '' : ', with the price of bytes';
    return `${change}: ${what}${shown(bestWeighed)} ms instead of ${shown(nowWeighed)} ms${price}`;
  }
  if (Math.abs(nowMs - plannedMs) > margins.drift(predict(situation, current)) * plannedMs) {
    const per = isStream ? ' from frame to frame' : '';
    return `${change}: ${shown(bestMs)} ms${per} are predicted now, ${shown(plannedMs)} ms were`;
  }
  return deadlineMs !== null && deadlineMs !== current.deadlineMs
    ? `the deadline is ${shown(deadlineMs)} ms now, it was ${shown(current.deadlineMs)}`
    : undefined;
}

/**
 * True where a reported drift has made the plan's word on some cut wrong: on a row that the device may follow, or on the plan where it
 * has no rows. Where predictions are as they were, another plan would change nothing, and the drift would be reported for ever.
 */
function hasDrifted(situation: Situation, current: DesiredPlan, margins: NewsMargins): boolean {
  const isOff = isTableOff(situation, current, margins.reportedDrift);
  if (isOff !== undefined) return isOff;
  const [nowMs, plannedMs] = [costOf(situation, current), plannedCost(current)];
  const share = margins.reportedDrift(predict(situation, current));
  return nowMs === undefined || Math.abs(nowMs - plannedMs) > share * plannedMs;
}

/** Why a plan for other frames is wanted: they come in another way or at another interval, or no plan for them fits. */
function paceNews(
  situation: Situation,
  current: DesiredPlan,
  best: PricedPlan,
): string | undefined {
  const { objective, line } = situation;
  const [before, now] = [current.paced?.intervalMs, best.paced?.intervalMs];
  if (kindOf(current) === kindOf(best) && !hasPaceChanged(before, now)) return undefined;
  if (kindOf(best) !== objective) {
    const { isSmall } = situation;
    const why = isSmall ? 'a small plan has one cut' : 'no other plan fits the limits';
    return `planned for single frames now: ${why}`;
  }
  if (now === undefined) {
    return `frames come ${best.mix === undefined ? 'one by one' : 'back to back'} now`;
  }
  const byLine = paceText(now, line);
  if (byLine !== undefined) return byLine;
  const text = `frames come every ${shown(now)} ms now`;
  return before === undefined ? text : `${text}, they came every ${shown(before)} ms`;
}

function withTable(situation: Situation, proposal: Proposal, cutsAt?: CutsAt): Proposal {
  const table = hasTable(situation) ? tableFor(situation, proposal, cutsAt) : undefined;
  return table === undefined ? proposal : { ...proposal, table };
}

const REASONS: Record<PlanCause, string> = {
  first: 'the first plan',
  link: 'the link changed',
  profile: 'block times were measured again',
  drift: 'frames take other times than predicted',
  model: 'another model was assigned',
  source: 'frames come from another source',
  rate: 'frames come at another rate',
  operator: 'an operator changed a setting',
  cap: 'the bytes left of this month changed',
  site: 'the site’s line is shared in another way',
};

const gainOf = (nowMs: number, bestMs: number): number => (nowMs > 0 ? 1 - bestMs / nowMs : 0);

const shown = (ms: number): string => String(Number(ms.toPrecision(3)));

function changeText(from: LinkEstimate, to: LinkEstimate, reason: string): string {
  const [before, after] = [linkText(from), linkText(to)];
  return before === after ? reason : `${reason}; uplink ${before} → ${after}`;
}
