/**
 * What a rollout does next, as data, from how its devices are and what their frames cost. Pure.
 *
 * A wave is drawn from the devices that are online when it begins. It is over when each of them is ready, has run frames where
 * it ran any before, is not silent, and when all were watched for long enough. Absent devices delay no wave; they get the
 * change when they come, up to a time. A failed gate, at any time, rolls the change back everywhere, also when devices of
 * earlier waves fail later. A wave whose devices were all taken away, or failed, proves nothing: it is never called good.
 */
import {
  breachOf,
  type Comparison,
  countedIn,
  failuresIn,
  isGiven,
  uncomparedBy,
} from './breaches.js';
import type { Gates, RolloutDeviceState, RolloutState } from './rollout.js';
import { isHalfGiven, type RolloutDevice } from './rollout.js';
import { isAbsent, isIdle, isUnreached, namesOf, type Presence, standingOf } from './silence.js';
import { unsteadyIn, unsteadyText } from './steadiness.js';
import { type Candidate, waveOf } from './waves.js';

export type Step =
  | { readonly kind: 'wait'; readonly because: string }
  /** Devices go into the wave under way, or back to those that wait for one. */
  | { readonly kind: 'draw'; readonly devices: readonly RolloutDevice[] }
  | { readonly kind: 'switch'; readonly devices: readonly RolloutDevice[] }
  /** Devices that did not come in time. */
  | {
      readonly kind: 'expire';
      readonly devices: readonly RolloutDevice[];
      readonly because: string;
    }
  /** With what is to be said of a wave that is good all the same; `isEmpty`: it has no device. */
  | { readonly kind: 'advance'; readonly notes: readonly string[]; readonly isEmpty: boolean }
  | { readonly kind: 'complete'; readonly notes: readonly string[] }
  | { readonly kind: 'roll back'; readonly because: string }
  | { readonly kind: 'restore'; readonly devices: readonly RolloutDevice[] }
  /** With the devices that could not be waited for, where there are any. */
  | { readonly kind: 'end'; readonly because?: string };

export interface Look extends Presence {
  readonly state: RolloutState;
  readonly wave: number;
  /** Shares of the devices that have the change after each wave. */
  readonly shares: readonly number[];
  readonly gates: Gates;
  readonly devices: readonly RolloutDevice[];
  /** Devices that go back and are there, or were until just now. */
  readonly there: ReadonlySet<string>;
  readonly comparison: Comparison;
  readonly createdAt: Date;
  readonly now: Date;
}

/** Devices that are given something in one step, so that a pause or a stop is heard in between. */
const AT_ONCE = 100;
/** Presence is known some seconds late at most. */
const KNOWN_S = 10;
const CHANGED: ReadonlySet<RolloutDeviceState> = new Set(['switching', 'ready', 'failed']);

export function nextStep(look: Look): Step {
  return look.state === 'rolling-back' ? stepBack(look) : stepForward(look);
}

/** True while a rollout has to know which of its waiting devices are online. */
export function needsPresent(devices: readonly RolloutDevice[], wave: number): boolean {
  const own = devices.filter((one) => one.wave === wave);
  const isUndrawn = !own.some(({ state }) => state !== 'waiting');
  return isUndrawn || devices.some((one) => one.state === 'waiting' && one.wave <= wave);
}

function stepForward(look: Look): Step {
  const { state, wave, shares, gates, devices, present } = look;
  const breach = failuresIn(devices, wave, gates, present) ?? breachOf(look.comparison, gates);
  if (breach !== undefined) return { kind: 'roll back', because: breach };
  if (state === 'paused') return { kind: 'wait', because: 'an operator paused it' };
  const next = devices.filter((one) => {
    const isNext = isHalfGiven(one) || present.has(one.device);
    return one.wave <= wave && one.state === 'waiting' && isNext;
  });
  if (next.length > 0) return { kind: 'switch', devices: next.slice(0, AT_ONCE) };
  const drawn = drawStep(look);
  if (drawn !== undefined) return drawn;
  const because = lackOf(look);
  if (because !== undefined) return { kind: 'wait', because };
  const isLast = wave + 1 >= shares.length;
  const absence = isLast ? absenceStep(look) : undefined;
  const blocked = absence ?? unprovenStep(look);
  if (blocked !== undefined) return blocked;
  const isEmpty = countedIn(devices, wave, present).length === 0;
  const notes = notesOf(look, isEmpty);
  return isLast ? { kind: 'complete', notes } : { kind: 'advance', notes, isEmpty };
}

/** Draws the wave under way, or waits for devices to draw; undefined when it is drawn, or stays empty. */
function drawStep(look: Look): Step | undefined {
  const { wave, shares, devices, present, gates, now } = look;
  const own = devices.filter((one) => one.wave === wave);
  if (wave + 1 >= shares.length || own.some(({ state }) => state !== 'waiting')) return undefined;
  const candidates = devices.flatMap(({ device, state }): Candidate[] => {
    const onlineSince = state === 'waiting' ? present.get(device) : undefined;
    return onlineSince === undefined ? [] : [{ device, onlineSince }];
  });
  if (candidates.length === 0) return absenceStep(look);
  const chosen = new Set(
    waveOf(candidates, {
      ...{ share: shares[wave] ?? 1, isFirst: !devices.some(isGiven) },
      given: devices.filter(isGiven).length,
      warmSince: new Date(now.getTime() - 1000 * gates.warmUpS),
    }),
  );
  if (chosen.size === 0) return undefined;
  const back = own.filter(({ device }) => !chosen.has(device));
  const into = devices.filter(({ device }) => chosen.has(device));
  return {
    kind: 'draw',
    devices: [
      ...into.map((one) => ({ ...one, wave })),
      ...back.map((one) => ({ ...one, wave: shares.length - 1 })),
    ],
  };
}

/** What is to be done about devices that are absent and have nothing; undefined when there are none. */
function absenceStep({ devices, present, gates, ...look }: Look): Step | undefined {
  const absent = devices.filter((one) => isAbsent(one, present));
  if (absent.length === 0) return undefined;
  // A device that has just come is not known yet, and a service that has just started knows of none.
  const until = new Date(
    Math.max(
      look.createdAt.getTime() + 1000 * Math.max(KNOWN_S, gates.absentS),
      look.listeningSince.getTime() + 1000 * gates.silentS,
    ),
  );
  const names = namesOf(absent.map(({ device }) => device));
  if (look.now < until) {
    const because = `${absent.length} absent device(s) can come until ${until.toISOString()}: ${names}`;
    return { kind: 'wait', because };
  }
  const because = `${absent.length} device(s) did not come within ${gates.absentS} s, and keep what they had: ${names}`;
  return { kind: 'expire', devices: absent, because };
}

/** What a wave, or one before it, still lacks to be judged good; undefined when nothing. */
function lackOf(look: Look): string | undefined {
  const { wave, gates, devices, comparison, gone, now } = look;
  const unsteady = unsteadyIn(look);
  if (unsteady !== undefined) return unsteady;
  const due = devices.filter((one) => one.wave <= wave);
  const names = (some: readonly RolloutDevice[]) => namesOf(some.map(({ device }) => device));
  const preparing = due.filter((one) => one.state === 'switching' && !isUnreached(one, gone));
  if (preparing.length > 0) {
    return `${preparing.length} device(s) get ready: ${names(preparing)}`;
  }
  const idle = due.filter(isIdle);
  if (idle.length > 0) return `${idle.length} device(s) have run no frame since: ${names(idle)}`;
  const own = due.filter((one) => one.wave === wave);
  const ready = own.filter((one) => one.state === 'ready');
  const unheard = ready.filter(({ device }) => comparison.unheard.has(device));
  if (unheard.length > gates.maxFailures * own.length) {
    return `${unheard.length} device(s) have run no frame since they are connected again: ${names(unheard)}`;
  }
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
  const counts = ({ state }: RolloutDevice) => state !== 'waiting' && state !== 'absent';
  const own = devices.filter((one) => one.wave === wave && counts(one));
  const isProvenBefore = devices.some((one) => one.state === 'ready' && one.wave < wave);
  if (own.some(({ state }) => state === 'ready')) return undefined;
  // Small fleets have empty waves, but never an empty first one.
  if (own.length === 0 && isProvenBefore) return undefined;
  const hasTaken = `no device of wave ${wave + 1} has taken it, so nothing is known of it`;
  const because =
    devices.length > 0 && devices.every(({ state }) => state === 'absent')
      ? `no device came in time, so nothing is known of it: ${namesOf(devices.map((one) => one.device))}`
      : hasTaken;
  // Devices of the waves before are well with it: whether they lose it is an operator's to say.
  return { kind: isProvenBefore ? 'wait' : 'roll back', because };
}

/** What is not known of a good wave, and who is not well in it. */
function notesOf(look: Look, isEmpty: boolean): string[] {
  const { devices, wave } = look;
  const standing = standingOf(devices, look, look.gates, look.now);
  const named = (word: string, some: readonly { readonly device: string }[]) =>
    some.length === 0
      ? []
      : [`${some.length} device(s) ${word}: ${namesOf(some.map(({ device }) => device))}`];
  const inState = (state: RolloutDeviceState) => devices.filter((one) => one.state === state);
  const uncompared = isEmpty ? undefined : uncomparedBy(look.comparison);
  return [
    ...(uncompared === undefined ? [] : [uncompared]),
    ...named(
      'failed',
      inState('failed').filter((one) => one.wave <= wave),
    ),
    ...unsteadyText(standing),
    ...named('were absent and keep what they had', inState('absent')),
  ];
}

function stepBack({ devices, there, gates, now }: Look): Step {
  const changed = devices.filter((one) => CHANGED.has(one.state) || isHalfGiven(one));
  if (changed.length > 0) return { kind: 'restore', devices: changed.slice(0, AT_ONCE) };
  const patienceMs = 1000 * gates.convergeS;
  const awaited = devices.filter(({ device, state, switchedAt }) => {
    const sinceMs = now.getTime() - (switchedAt ?? now).getTime();
    return state === 'restoring' && there.has(device) && sinceMs < patienceMs;
  });
  const left = devices.filter(({ state }) => state === 'restoring');
  if (awaited.length === 0) {
    if (left.length === 0) return { kind: 'end' };
    const names = namesOf(left.map(({ device }) => device));
    return { kind: 'end', because: `${left.length} device(s) have not gone back yet: ${names}` };
  }
  return { kind: 'wait', because: `${awaited.length} device(s) go back` };
}
