/** How much another plan must gain, or a prediction be off, to be worth a document. Pure. */
import type { DesiredPlan, LinkEstimate, Prediction } from '../../wire/index.js';
import type { PlanCause } from '../budget/causes.js';
import { driftByNoise, gainByNoise, type StageNoise } from '../budget/frame-noise.js';
import { predict, type Situation } from '../pricing/prediction.js';
import type { PricedPlan } from './proposal.js';
import { MAX_DRIFT } from './table-cover.js';

/** Gain another cut must have when the link estimate is sure. */
const LEAST_GAIN = 0.03;
/** Additional gain when the estimate is a guess. */
const GAIN_FOR_DOUBT = 0.07;
/** Where a drift was reported, predictions are news sooner. */
const REPORTED_DRIFT = 0.1;
/** Causes that noise can have. An operator, other frames and other limits are exact. */
const NOISY: ReadonlySet<PlanCause> = new Set(['link', 'profile', 'drift']);

/** What is weighed. */
interface Weighed {
  readonly situation: Situation;
  readonly current: DesiredPlan | undefined;
  readonly cause: PlanCause;
  readonly noise?: StageNoise;
}

export interface NewsMargins {
  /** The share that another plan must gain over one that costs this much now. */
  leastGain(nowMs: number): number;
  /** The share by which a prediction of a frame must be off. */
  drift(predicted: Prediction | undefined): number;
  /** The same, where a drift was reported. */
  reportedDrift(predicted: Prediction | undefined): number;
}

/** The margins of a situation, its plan, and the best plan in it. */
export function newsMargins(
  { situation, current, cause, noise }: Weighed,
  best: PricedPlan,
): NewsMargins {
  const known = NOISY.has(cause) ? (noise ?? {}) : {};
  const now = current && predict(situation, current);
  const byNoise = (one: Prediction | undefined): number =>
    one === undefined ? 0 : driftByNoise(known, one, one.totalMs);
  return {
    leastGain(nowMs) {
      const least = leastGainOf(situation.link);
      return now === undefined
        ? least
        : Math.max(least, gainByNoise(known, now, best.predicted, nowMs));
    },
    drift: (predicted) => Math.max(MAX_DRIFT, byNoise(predicted)),
    reportedDrift: (predicted) => Math.max(REPORTED_DRIFT, byNoise(predicted)),
  };
}

const leastGainOf = ({ confidence }: LinkEstimate): number =>
  LEAST_GAIN + GAIN_FOR_DOUBT * (1 - confidence);
