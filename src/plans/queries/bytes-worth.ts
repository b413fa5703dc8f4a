/** What the bytes of a device's frames buy in its situation: latency for megabytes. Pure; costs several searches for a plan. */
import { type Limits, type Problem, type Schedule, solve } from '../../planner/index.js';
import { marginsFor, slacksOf } from '../pricing/pace-margin.js';
import { problemOf, type Situation } from '../pricing/prediction.js';

/** The best plan within the limits of now, and the slopes of latency over bytes at it (docs/planner.md). */
export interface BytesWorth {
  /** Mean bytes and latency of a frame. */
  readonly frameBytes: number;
  readonly latencyMs: number;
  /** Against the next plan that sends less; null where none was found, or frames follow several cuts. */
  readonly savedMsPerMegabyte: number | null;
  /** In the next plan that sends more, whatever the limit on bytes; null where none was found, or frames follow several cuts. */
  readonly furtherMsPerMegabyte: number | null;
  /** Latency of a frame without a limit and a price on bytes. */
  readonly leastMs: number;
}

/** Undefined where bytes do not trade for latency: frames back to back, an ordered strategy, or no plan within the limits. */
export function bytesWorthOf(situation: Situation): BytesWorth | undefined {
  const { objective, strategy = 'auto' } = situation;
  if (objective === 'stream' || strategy !== 'auto') return undefined;
  const { deviceMemoryBytes, ...bytesLimits } = situation.limits ?? {};
  const memory = deviceMemoryBytes === undefined ? {} : { deviceMemoryBytes };
  const best = scheduleOf(situation, { bytesPrice: 0, ...memory, ...bytesLimits });
  const free = scheduleOf(situation, memory);
  if (best?.bytes === undefined || free === undefined) return undefined;
  const { frameBytes, costMs, savedMsPerMegabyte, furtherMsPerMegabyte } = best.bytes;
  const { bytesPrice = 0 } = bytesLimits;
  const latencyMs = costMs - (bytesPrice * frameBytes) / 1000;
  return {
    ...{ frameBytes, latencyMs },
    savedMsPerMegabyte: savedMsPerMegabyte ?? null,
    furtherMsPerMegabyte: furtherMsPerMegabyte ?? null,
    leastMs: Math.min(latencyMs, free.paced?.executed.meanLatencyMs ?? free.makespanMs),
  };
}

function scheduleOf(situation: Situation, limits: Limits): Schedule | undefined {
  const { intervalMs, workers = 1 } = situation;
  const pace: Partial<Problem> =
    intervalMs === undefined
      ? { objective: 'frame' }
      : { objective: 'paced', intervalMs, slack: slacksOf(marginsFor(situation)), workers };
  const outcome = solve({ ...problemOf(situation), ...pace, ...limits });
  return outcome.kind === 'feasible' ? outcome.schedule : undefined;
}
