/** Which gates a rollout breaks: devices that failed, and frames that fail, fall back or are slow. Pure. */
import type { FrameCosts } from '../../history/index.js';
import type { Gates, RolloutDevice, RolloutDeviceState } from './rollout.js';
import { isHalfGiven } from './rollout.js';
import { namesOf, type Presence } from './silence.js';

/**
 * Frames of the ready devices of the wave, before they were switched and since they are ready. Frames since are those of sessions:
 * without one a frame falls back whatever the change is. Both p95 are of the devices that ran frames before, so that each is
 * compared with itself.
 */
export interface Comparison {
  readonly before: FrameCosts;
  readonly after: FrameCosts;
  /** Frames since, of the devices that ran frames before. */
  readonly comparedFrames: number;
  /** Ready devices that ran frames before, are connected again since, and have run none in their session. */
  readonly unheard: ReadonlySet<string>;
}

/** Fewer frames than these say nothing of what is usual. */
const LEAST_COMPARED = 10;
/** A difference of less is not felt, and may be the clock's. */
const NOTABLE_MS = 10;

const GIVEN: ReadonlySet<RolloutDeviceState> = new Set(['switching', 'ready', 'failed']);

/** True for a device that has the change, or failed to take it. */
export function isGiven({ state }: RolloutDevice): boolean {
  return GIVEN.has(state);
}

/** The devices of a wave that count: absent ones, and those that an operator gave something else, do not. */
export function countedIn(
  devices: readonly RolloutDevice[],
  wave: number,
  present: Presence['present'],
): RolloutDevice[] {
  return devices.filter((one) => {
    if (one.wave !== wave) return false;
    const isNext = one.state === 'waiting' && (isHalfGiven(one) || present.has(one.device));
    return isGiven(one) || isNext;
  });
}

/** Of every wave by itself: many devices that are well hide no wave that is not, and one that fails late still counts. */
export function failuresIn(
  devices: readonly RolloutDevice[],
  wave: number,
  gates: Gates,
  present: Presence['present'],
): string | undefined {
  for (let of = wave; of >= 0; of--) {
    const own = countedIn(devices, of, present);
    const [first, ...others] = own.filter(({ state }) => state === 'failed');
    const count = first === undefined ? 0 : 1 + others.length;
    if (first === undefined || count / own.length <= gates.maxFailures) continue;
    const also = others.length === 0 ? '' : `; also ${namesOf(others.map((one) => one.device))}`;
    return `${count} of ${own.length} devices failed: ${first.device}: ${first.fault}${also}`;
  }
  return undefined;
}

/** Which gate the frames of a wave break; undefined when none, or when there are too few to judge. */
export function breachOf(comparison: Comparison, gates: Gates): string | undefined {
  const { before, after } = comparison;
  if (after.frames < gates.minFrames) return undefined;
  const isKnown = before.frames >= LEAST_COMPARED;
  const [bad, usual] = [badShare(after), isKnown ? badShare(before) : 0];
  if (bad - usual > gates.maxFailures) {
    const was = isKnown ? `${percent(usual)} did before` : 'how many did before is unknown';
    return `${percent(bad)} of ${after.frames} frames failed or fell back, ${was}`;
  }
  if (uncomparedBy(comparison) !== undefined || before.p95Ms === null || after.p95Ms === null) {
    return undefined;
  }
  const limitMs = Math.max(gates.maxP95Factor * before.p95Ms, before.p95Ms + NOTABLE_MS);
  if (after.p95Ms <= limitMs) return undefined;
  const frames = comparison.comparedFrames;
  return `the p95 of ${frames} frames is ${after.p95Ms.toFixed(1)} ms, it was ${before.p95Ms.toFixed(1)} ms`;
}

/** Why nothing can be said of the p95; undefined when it is compared. */
export function uncomparedBy({ before, after, comparedFrames }: Comparison): string | undefined {
  const isCompared =
    before.frames >= LEAST_COMPARED &&
    comparedFrames >= LEAST_COMPARED &&
    before.p95Ms !== null &&
    after.p95Ms !== null;
  if (isCompared) return undefined;
  return `p95 not compared: ${before.frames} frames before, ${comparedFrames} since`;
}

function badShare({ frames, failed, fallbacks }: FrameCosts): number {
  return frames === 0 ? 0 : (failed + fallbacks) / frames;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
