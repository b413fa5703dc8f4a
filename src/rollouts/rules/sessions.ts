/**
 * Sessions of devices that have the change: whether a device keeps its session, whether it sends anything in it, and from when on
 * its frames say something of the change. Pure; no clock of its own.
 */
import type { Gates, RolloutDevice } from './rollout.js';

/** A session that is over. */
export interface EndedSession {
  readonly beganAt: Date;
  readonly endedAt: Date;
}

/** The session of a device that is connected. */
export interface LiveSession {
  readonly beganAt: Date;
  /** When the device last sent anything but a ping. */
  readonly heardAt: Date;
  /** It has sent telemetry, in this session or before. It is then to do so within the silence that its birth claims, or every few seconds. */
  readonly sendsTelemetry: boolean;
}

interface Source {
  readonly device: string;
  readonly connection: string;
}

/** As many sessions in a row that a device could not keep are a loop: one is a restart, two are bad luck. */
const LOOP = 3;

/** The last sessions of devices, as this process saw them begin and end. */
export class SessionWatch {
  private readonly open = new Map<string, { readonly connection: string; readonly at: Date }>();
  private readonly last = new Map<string, readonly EndedSession[]>();

  connected({ device, connection }: Source, at: Date): void {
    this.close(device, at);
    this.open.set(device, { connection, at });
  }

  /** The late end of an older session changes nothing. */
  disconnected({ device, connection }: Source, at: Date): void {
    if (this.open.get(device)?.connection === connection) this.close(device, at);
  }

  /** The last sessions of each device that are over, oldest first; at most as many as make a loop. */
  get ended(): ReadonlyMap<string, readonly EndedSession[]> {
    return this.last;
  }

  /** Forgets all devices but some. */
  keep(isKept: (device: string) => boolean): void {
    for (const known of [this.open, this.last]) {
      for (const device of known.keys()) if (!isKept(device)) known.delete(device);
    }
  }

  private close(device: string, at: Date): void {
    const begun = this.open.get(device);
    if (begun === undefined) return;
    this.open.delete(device);
    const sessions = [...(this.last.get(device) ?? []), { beganAt: begun.at, endedAt: at }];
    this.last.set(device, sessions.slice(-LOOP));
  }
}

/** Why a device that cannot keep a session has failed; undefined for one that can, or of which too little is known. */
export function loopOf(
  one: RolloutDevice,
  ended: readonly EndedSession[],
  { silentS }: Gates,
): string | undefined {
  const since = ended.filter(({ beganAt }) => one.switchedAt !== null && beganAt > one.switchedAt);
  const short = since.filter(({ beganAt, endedAt }) => secondsSince(beganAt, endedAt) < silentS);
  const [first] = short;
  if (short.length < LOOP || first === undefined) return undefined;
  return `it does not keep a session for ${silentS} s: ${LOOP} have ended since ${first.beganAt.toISOString()}`;
}

/** Why a device that is connected and sends nothing has failed; undefined for one that sends, or that is not bound to. */
export function muteOf(
  one: RolloutDevice,
  live: LiveSession | undefined,
  { silentS, convergeS }: Gates,
  now: Date,
): string | undefined {
  if (live === undefined || one.switchedAt === null) return undefined;
  const since = later(live.heardAt, one.switchedAt);
  const ranBefore = one.ranBefore ?? 0;
  // Telemetry is optional: without it only frames show that a device is well, and they may be rare.
  const patienceS = live.sendsTelemetry ? silentS : Math.max(silentS, convergeS);
  if (!live.sendsTelemetry && ranBefore === 0) return undefined;
  if (secondsSince(since, now) < patienceS) return undefined;
  return `it is connected and has sent nothing since ${since.toISOString()}`;
}

/** True for a device whose session began after its switch: it has restarted, and has not yet kept a session for long enough. */
export function isUnsteady(
  { switchedAt }: RolloutDevice,
  live: LiveSession | undefined,
  { silentS }: Gates,
  now: Date,
): boolean {
  if (live === undefined || switchedAt === null || live.beganAt <= switchedAt) return false;
  return secondsSince(live.beganAt, now) < silentS;
}

/**
 * From when on frames of a ready device say something of the change, in ms since 1970; undefined while none does. A device that has
 * no session, or has just got one, runs frames without a service: they fall back whatever the change is.
 */
export function judgedFromMs(
  { readyAt }: RolloutDevice,
  live: LiveSession | undefined,
  { warmUpS }: Gates,
): number | undefined {
  if (readyAt === null || live === undefined) return undefined;
  if (live.beganAt <= readyAt) return readyAt.getTime();
  return live.beganAt.getTime() + 1000 * warmUpS;
}

export function secondsSince(since: Date, now: Date): number {
  return (now.getTime() - since.getTime()) / 1000;
}

/** The later of two times, where the second is known. */
export function later(a: Date, b: Date | null): Date {
  return b === null || b < a ? a : b;
}
