/** What a device of a modelled fleet is and does in truth, drawn at random. */
export const MAX_TIMING_S = 15;
export const MAX_OUTAGE_S = 25;
const DEATHS = ['on receipt', 'while timing', 'after ready', 'later', 'any time'] as const;

export interface TrueDevice {
  readonly id: string;
  /** Second at which it first comes online; infinite for one that never does. */
  readonly comesAt: number;
  readonly dies: (typeof DEATHS)[number] | undefined;
  /** Seconds for that, where it takes some. */
  readonly diesAfterS: number;
  readonly refuses: boolean;
  /** It stays connected, and runs no frame of the change. */
  readonly hangs: boolean;
  /** From a number of seconds after it is given the change on, it is connected and sends nothing. */
  readonly fallsSilentAfterS: number;
  /** From a number of seconds after it is given the change on, it restarts again and again: on for so long, then off for so long. */
  readonly loopsAfterS: number;
  readonly loopOnS: number;
  readonly loopOffS: number;
  readonly ranBefore: boolean;
  readonly timingS: number;
  /** Seconds after it is given the change at which it restarts, and for how long it is away then. */
  readonly restartsAfterS: number;
  readonly outageS: number;
  wasGiven: boolean;
  givenAt: number;
  timedS: number;
  readyAt: number | undefined;
  hasRun: boolean;
  diedAt: number | undefined;
  /** In truth it cannot keep a session, or has sent nothing for as long as the settings allow. */
  isLost: boolean;
  heardAt: number;
  isOnline: boolean;
  stateAt: number;
  awayUntil: number;
}

/** Up to twelve devices; `trouble` is the share of them that die, and a third of that has each other trouble. */
export function trueDevices(random: () => number, trouble: number): TrueDevice[] {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const upTo = (max: number) => Math.floor(random() * max);
  const is = (chance: number) => random() < chance;
  const when = (chance: number, max: number) => (is(chance) ? upTo(max) : Number.POSITIVE_INFINITY);
  return Array.from({ length: 1 + upTo(12) }, (_, n) => ({
    id: `pi-${String(n).padStart(2, '0')}`,
    comesAt: is(0.7) ? 0 : one([1 + upTo(200), Number.POSITIVE_INFINITY]),
    dies: is(trouble) ? one(DEATHS) : undefined,
    diesAfterS: 1 + upTo(60),
    refuses: is(trouble / 3),
    hangs: is(trouble / 3),
    fallsSilentAfterS: when(trouble / 3, 40),
    loopsAfterS: when(trouble / 3, 40),
    ...{ loopOnS: 3 + upTo(30), loopOffS: 2 + upTo(20) },
    ranBefore: is(0.8),
    timingS: 1 + upTo(MAX_TIMING_S),
    restartsAfterS: when(0.3, 60),
    outageS: 1 + upTo(MAX_OUTAGE_S),
    ...{ wasGiven: false, givenAt: 0, timedS: 0, readyAt: undefined, hasRun: false },
    ...{ diedAt: undefined, isLost: false, heardAt: -100 },
    ...{ isOnline: false, stateAt: -100, awayUntil: 0 },
  }));
}

/** True while a device that restarts again and again is off. */
export function isInLoopOff(device: TrueDevice, now: number): boolean {
  const inLoopS = now - device.givenAt - device.loopsAfterS;
  if (!device.wasGiven || inLoopS < 0) return false;
  return inLoopS % (device.loopOnS + device.loopOffS) < device.loopOffS;
}
