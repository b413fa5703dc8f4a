/**
 * Whether a device should get another plan. Pure.
 *
 * At a breakpoint of the link two plans cost the same, so a dead band costs nothing where it acts: another cut must gain
 * a few percent, more of them when the estimate is a guess. And since deadlines and the history lean on predictions, a
 * plan whose prediction has drifted by a fifth is handed out anew even if its cut stays. What an operator orders is not weighed.
 */
import type { DesiredPlan, LinkEstimate, planCauses } from '../wire/index.js';
import { linkText } from './link.js';
import { type CutsAt, tableFor } from './plan-rows.js';
import { type Proposal, proposalOf, type Situation } from './planning.js';
import { bestPlan, costOf, isSamePlan, plannedCost } from './stream-planning.js';

export type PlanCause = (typeof planCauses)[number];

export type Decision =
  | { readonly kind: 'issue'; readonly proposal: Proposal; readonly text: string }
  /** `isHeldBack`: another cut would be better, but not by enough. */
  | { readonly kind: 'keep'; readonly isHeldBack: boolean }
  | { readonly kind: 'impossible'; readonly because: string };

/** Gain another cut must have when the link estimate is sure. */
const LEAST_GAIN = 0.03;
/** What is asked for beside it when the estimate is a guess. */
const GAIN_FOR_DOUBT = 0.07;
const MOST_DRIFT = 0.2;

/** Judges the current plan of a device in its present situation. */
export function decide(
  situation: Situation,
  current: DesiredPlan | undefined,
  cause: PlanCause,
  cutsAt?: CutsAt,
): Decision {
  const best = bestPlan(situation);
  if (best.kind === 'impossible') return best;
  const issue = (text: string): Decision => ({
    kind: 'issue',
    proposal: withTable(situation, proposalOf(situation, best), cutsAt),
    text,
  });
  if (current === undefined) return issue(`${REASONS[cause]}; uplink ${linkText(situation.link)}`);
  const nowMs = costOf(situation, current);
  const isStream = current.mix !== undefined;
  if (nowMs === undefined) return issue(`${REASONS[cause]}; the plan so far cannot be kept`);
  if (isStream !== (best.mix !== undefined)) {
    return issue(`frames come ${isStream ? 'one by one' : 'back to back'} now`);
  }
  const change = changeText(current.link, situation.link, REASONS[cause]);
  const [bestMs, plannedMs] = [plannedCost(best), plannedCost(current)];
  const isOther = !isSamePlan(current, best);
  if (cause === 'drift') {
    return issue(`${change}: ${shown(bestMs)} ms are predicted now, ${shown(plannedMs)} ms were`);
  }
  const { strategy = 'auto' } = situation;
  if (isOther && (cause === 'operator' || strategy !== 'auto')) {
    return issue(`${change}: ${shown(bestMs)} ms by strategy ${strategy}`);
  }
  if (isOther && gainOf(nowMs, bestMs) > leastGain(situation.link)) {
    const what = isStream ? 'a frame every ' : '';
    return issue(`${change}: ${what}${shown(bestMs)} ms instead of ${shown(nowMs)} ms`);
  }
  if (Math.abs(nowMs - plannedMs) > MOST_DRIFT * plannedMs) {
    const per = isStream ? ' from frame to frame' : '';
    return issue(
      `${change}: ${shown(bestMs)} ms${per} are predicted now, ${shown(plannedMs)} ms were`,
    );
  }
  const deadlineMs = situation.deadlineMs;
  if (deadlineMs !== null && deadlineMs !== current.deadlineMs) {
    return issue(
      `the deadline is ${shown(deadlineMs)} ms now, it was ${shown(current.deadlineMs)}`,
    );
  }
  return { kind: 'keep', isHeldBack: isOther };
}

/** Where an operator orders a strategy, the device keeps to it. */
function withTable(situation: Situation, proposal: Proposal, cutsAt?: CutsAt): Proposal {
  const { strategy = 'auto' } = situation;
  const table = strategy === 'auto' ? tableFor(situation, proposal, cutsAt) : undefined;
  return table === undefined ? proposal : { ...proposal, table };
}

const REASONS: Record<PlanCause, string> = {
  first: 'the first plan',
  link: 'the link changed',
  profile: 'block times were measured anew',
  drift: 'frames take other times than predicted',
  model: 'another model was assigned',
  source: 'frames come from another source',
  operator: 'an operator changed a setting',
};

const gainOf = (nowMs: number, bestMs: number): number => (nowMs > 0 ? 1 - bestMs / nowMs : 0);

const leastGain = ({ confidence }: LinkEstimate): number =>
  LEAST_GAIN + GAIN_FOR_DOUBT * (1 - confidence);

const shown = (ms: number): string => String(Number(ms.toPrecision(3)));

function changeText(from: LinkEstimate, to: LinkEstimate, reason: string): string {
  const [before, after] = [linkText(from), linkText(to)];
  return before === after ? reason : `${reason}; uplink ${before} → ${after}`;
}
