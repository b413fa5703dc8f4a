/**
 * What a rollout does next, as data, from how its devices are and what their frames cost. Pure.
 *
 * A wave is over when all its devices that are there are ready, ran frames enough, and were watched for long enough; a device that is
 * offline has its documents waiting and delays no wave. A failed gate, at any time, rolls the change back everywhere. A wave
 * whose devices were all taken away, or failed, proves nothing: it is never called good.
 */
import type { FrameCosts } from '../../history/index.js';
import type { Gates, RolloutDevice, RolloutDeviceState, RolloutState } from './rollout.js';

export type Step =
  | { readonly kind: 'wait'; readonly because: string }
  | { readonly kind: 'switch'; readonly devices: readonly RolloutDevice[] }
  | { readonly kind: 'advance' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'roll back'; readonly because: string }
  | { readonly kind: 'restore'; readonly devices: readonly RolloutDevice[] }
  | { readonly kind: 'end' };

/** Frames of the ready devices of the wave, before they were switched and since they are ready. */
export interface Comparison {
  readonly before: FrameCosts;
  readonly after: FrameCosts;
}

export interface Look {
  readonly state: RolloutState;
  readonly wave: number;
  readonly waves: number;
  readonly gates: Gates;
  readonly devices: readonly RolloutDevice[];
  /** Devices that are there, or were until just now. */
  readonly there: ReadonlySet<string>;
  readonly comparison: Comparison;
  readonly now: Date;
}

/** Devices that are given something in one step, so that a pause or a stop is heard in between. */
const AT_ONCE = 100;
const CHANGED: ReadonlySet<RolloutDeviceState> = new Set(['switching', 'ready', 'failed']);
/** Fewer frames than these say nothing of what was usual. */
const LEAST_BEFORE = 10;
/** A difference of less is not felt, and may be the clock's. */
const NOTABLE_MS = 10;

export function nextStep(look: Look): Step {
  return look.state === 'rolling-back' ? stepBack(look) : stepForward(look);
}

function stepForward(look: Look): Step {
  const { state, wave, waves, gates, devices, there } = look;
  const due = devices.filter((one) => one.wave <= wave);
  const breach = failuresIn(due, look) ?? breachOf(look.comparison, gates);
  if (breach !== undefined) return { kind: 'roll back', because: breach };
  if (state === 'paused') return { kind: 'wait', because: 'an operator paused it' };
  const waiting = due.filter((one) => one.state === 'waiting');
  if (waiting.length > 0) return { kind: 'switch', devices: waiting.slice(0, AT_ONCE) };
  const preparing = due.filter((one) => one.state === 'switching' && there.has(one.device));
  if (preparing.length > 0) {
    return { kind: 'wait', because: `${preparing.length} device(s) get ready` };
  }
  const because = lackOf(look);
  if (because !== undefined) return { kind: 'wait', because };
  const unproven = unprovenStep(look);
  if (unproven !== undefined) return unproven;
  return wave + 1 < waves ? { kind: 'advance' } : { kind: 'complete' };
}

/** What a wave still lacks to be judged good; undefined when nothing. */
function lackOf({ wave, gates, devices, comparison, now }: Look): string | undefined {
  const own = devices.filter((one) => one.wave === wave);
  const ready = own.filter((one) => one.state === 'ready');
  if (ready.length === 0) {
    return own.some((one) => one.state === 'switching')
      ? 'all devices of the wave are offline'
      : undefined;
  }
  const { frames } = comparison.after;
  if (frames < gates.minFrames) return `${frames} of ${gates.minFrames} frames were run`;
  const lastMs = Math.max(...ready.map(({ readyAt }) => readyAt?.getTime() ?? 0));
  const restS = gates.observeS - (now.getTime() - lastMs) / 1000;
  return restS > 0 ? `it is watched for another ${Math.ceil(restS)} s` : undefined;
}

/** The step for a wave in which no device can be judged; undefined when one can, or when the wave is empty. */
function unprovenStep({ wave, devices }: Look): Step | undefined {
  const own = devices.filter((one) => one.wave === wave);
  const isProvenBefore = devices.some((one) => one.state === 'ready' && one.wave < wave);
  if (own.some(({ state }) => state === 'ready')) return undefined;
  // Small fleets have empty waves, but never an empty first one.
  if (own.length === 0 && isProvenBefore) return undefined;
  const because = `no device of wave ${wave + 1} has taken it, so nothing is known of it`;
  // Devices of the waves before are well with it: whether they lose it is an operator's to say.
  return { kind: isProvenBefore ? 'wait' : 'roll back', because };
}

function stepBack({ devices, there, gates, now }: Look): Step {
  const changed = devices.filter(({ state, switchedAt }) => {
    return CHANGED.has(state) || (state === 'waiting' && switchedAt !== null);
  });
  if (changed.length > 0) return { kind: 'restore', devices: changed.slice(0, AT_ONCE) };
  const patienceMs = 1000 * gates.convergeS;
  const awaited = devices.filter(({ device, state, switchedAt }) => {
    const sinceMs = now.getTime() - (switchedAt ?? now).getTime();
    return state === 'restoring' && there.has(device) && sinceMs < patienceMs;
  });
  if (awaited.length === 0) return { kind: 'end' };
  return { kind: 'wait', because: `${awaited.length} device(s) go back` };
}

/** Of every wave by itself: many devices that are well hide no wave that is not, and one that comes late still counts. */
function failuresIn(due: readonly RolloutDevice[], { wave, gates }: Look): string | undefined {
  for (let of = wave; of >= 0; of--) {
    const own = due.filter((one) => one.wave === of);
    const failed = own.filter(({ state }) => state === 'failed');
    if (failed.length === 0 || failed.length / own.length <= gates.maxFailures) continue;
    const [first] = failed;
    return `${failed.length} of ${own.length} devices failed: ${first?.device}: ${first?.fault}`;
  }
  return undefined;
}

/** Which gate the frames of a wave break; undefined when none, or when there are too few to judge. */
export function breachOf({ before, after }: Comparison, gates: Gates): string | undefined {
  if (after.frames < gates.minFrames) return undefined;
  const [bad, usual] = [badShare(after), badShare(before)];
  if (bad - usual > gates.maxFailures) {
    return `${percent(bad)} of ${after.frames} frames failed or fell back, ${percent(usual)} did before`;
  }
  if (after.p95Ms === null || before.p95Ms === null || before.frames < LEAST_BEFORE) {
    return undefined;
  }
  const limitMs = Math.max(gates.maxP95Factor * before.p95Ms, before.p95Ms + NOTABLE_MS);
  if (after.p95Ms <= limitMs) return undefined;
  return `the p95 of ${after.frames} frames is ${after.p95Ms.toFixed(1)} ms, it was ${before.p95Ms.toFixed(1)} ms`;
}

function badShare({ frames, failed, fallbacks }: FrameCosts): number {
  return frames === 0 ? 0 : (failed + fallbacks) / frames;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
