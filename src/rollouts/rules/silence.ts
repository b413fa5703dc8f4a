/** Which devices of a rollout are silent, idle or absent, and when that is a failure. Pure. */
import { ranges } from '../../wire/index.js';
import { type Gates, isHalfGiven, type RolloutDevice } from './rollout.js';
import {
  type EndedSession,
  isUnsteady,
  type LiveSession,
  later,
  loopOf,
  muteOf,
  secondsSince,
} from './sessions.js';

/** What is known of the presence of devices. */
export interface Presence {
  /** Waiting devices that are online, and since when; empty while no wave depends on them. */
  readonly present: ReadonlyMap<string, Date>;
  /** Switching and ready devices that are offline, and since when. */
  readonly gone: ReadonlyMap<string, Date>;
  /** Sessions of switching and ready devices that are connected. */
  readonly live: ReadonlyMap<string, LiveSession>;
  /** The last sessions of switching and ready devices that are over, as far as this process saw them. */
  readonly ended: ReadonlyMap<string, readonly EndedSession[]>;
  /** Since when this service can know of devices: before, each silence was its own. */
  readonly listeningSince: Date;
}

/** A device in a state that is worth a word, and since when where that is known. */
export interface Named {
  readonly device: string;
  readonly since: string | null;
}

/** The length of a list, and its first devices by name. */
export interface NamedList {
  readonly count: number;
  readonly devices: readonly Named[];
}

/** Who is not as they should be. */
export interface Standing {
  readonly failed: NamedList;
  readonly silent: NamedList;
  /** Connected again since their switch, and not yet for long enough. */
  readonly restarted: NamedList;
  readonly idle: NamedList;
  readonly absent: NamedList;
}

const MAX_LISTED = 20;
const MAX_IN_TEXT = 5;

/** True for a device that was switched while it was offline, by an earlier version, and has not come since. */
export function isUnreached(one: RolloutDevice, gone: ReadonlyMap<string, Date>): boolean {
  return one.state === 'switching' && one.onlineSince === null && gone.has(one.device);
}

/** True for a ready device that has run no frame since, although it ran some before, or this is not known yet. */
export function isIdle({ state, ranBefore, ranAt }: RolloutDevice): boolean {
  return state === 'ready' && ranBefore !== 0 && ranAt === null;
}

/** True for a device that waits, is offline and has nothing of the change. */
export function isAbsent(one: RolloutDevice, present: ReadonlyMap<string, Date>): boolean {
  return one.state === 'waiting' && !isHalfGiven(one) && !present.has(one.device);
}

/** True for a device that was given the change and has not failed. */
export function hasChange({ state }: RolloutDevice): boolean {
  return state === 'switching' || state === 'ready';
}

/**
 * The device, failed where it is silent, restarts, sends nothing or runs nothing for too long; itself when it does not. One that
 * claims a longer silence in its birth has longer, and its records come later by as much.
 */
export function judged(
  one: RolloutDevice,
  { gone, live, ended, listeningSince }: Presence,
  gates: Gates,
  now: Date,
  claimedSilenceS = 0,
): RolloutDevice {
  if (!hasChange(one)) return one;
  const loop = loopOf(one, ended.get(one.device) ?? [], gates);
  if (loop !== undefined) return { ...one, state: 'failed', fault: loop };
  const silenceS = Math.min(claimedSilenceS, ranges.silenceS.max);
  const silentS = Math.max(gates.silentS, silenceS);
  const goneSince = gone.get(one.device);
  if (goneSince !== undefined) {
    if (isUnreached(one, gone)) return one;
    const since = later(later(goneSince, one.switchedAt), listeningSince);
    if (secondsSince(since, now) < silentS) return one;
    return { ...one, state: 'failed', fault: `it is silent since ${since.toISOString()}` };
  }
  const mute = muteOf(one, live.get(one.device), { ...gates, silentS }, now);
  if (mute !== undefined) return { ...one, state: 'failed', fault: mute };
  if (!isIdle(one) || one.ranBefore === null) return one;
  if (secondsSince(later(listeningSince, one.readyAt), now) < gates.convergeS + silenceS)
    return one;
  const fault = `it has run no frame since ${one.readyAt?.toISOString()}, and ran ${one.ranBefore} before`;
  return { ...one, state: 'failed', fault };
}

export function standingOf(
  devices: readonly RolloutDevice[],
  { present, gone, live }: Pick<Presence, 'present' | 'gone' | 'live'>,
  gates: Gates,
  now: Date,
): Standing {
  const isGone = (one: RolloutDevice) => gone.has(one.device) && hasChange(one);
  const hasRestarted = (one: RolloutDevice) =>
    hasChange(one) && isUnsteady(one, live.get(one.device), gates, now);
  return {
    failed: listed(devices.filter(({ state }) => state === 'failed')),
    silent: listed(devices.filter(isGone), ({ device }) => gone.get(device)),
    restarted: listed(devices.filter(hasRestarted), ({ device }) => live.get(device)?.beganAt),
    idle: listed(devices.filter(isIdle), ({ readyAt }) => readyAt),
    absent: listed(devices.filter((one) => one.state === 'absent' || isAbsent(one, present))),
  };
}

/** Names of devices for a sentence: the first ones, and how many more. */
export function namesOf(devices: readonly string[]): string {
  const more = devices.length - MAX_IN_TEXT;
  const first = devices.slice(0, MAX_IN_TEXT).join(', ');
  return more > 0 ? `${first} and ${more} more` : first;
}

/** The same with the time of each. */
export function namesSince(devices: readonly Named[], count: number): string {
  const names = devices
    .slice(0, MAX_IN_TEXT)
    .map(({ device, since }) => `${device} since ${since}`);
  const more = count - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function listed(
  devices: readonly RolloutDevice[],
  sinceOf: (one: RolloutDevice) => Date | null | undefined = () => null,
): NamedList {
  const named = devices.slice(0, MAX_LISTED).map((one) => {
    return { device: one.device, since: sinceOf(one)?.toISOString() ?? null };
  });
  return { count: devices.length, devices: named };
}
