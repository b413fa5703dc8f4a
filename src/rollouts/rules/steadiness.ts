/** Whether enough devices of the waves so far are there, and stay there, for a verdict. Pure. */
import { countedIn } from './breaches.js';
import type { Gates, RolloutDevice } from './rollout.js';
import { isUnsteady } from './sessions.js';
import {
  hasChange,
  isUnreached,
  namesSince,
  type Presence,
  type Standing,
  standingOf,
} from './silence.js';

interface Steadiness extends Presence {
  /** The wave under way, from 0. */
  readonly wave: number;
  readonly gates: Gates;
  readonly devices: readonly RolloutDevice[];
  readonly now: Date;
}

/**
 * Who is silent, or has just come back, where more are than may fail: they are well, or have failed, soon; undefined when fewer are.
 */
export function unsteadyIn({
  wave,
  gates,
  devices,
  now,
  ...presence
}: Steadiness): string | undefined {
  const { present, gone, live } = presence;
  for (let of = wave; of >= 0; of--) {
    const own = countedIn(devices, of, present);
    const failed = own.filter(({ state }) => state === 'failed').length;
    const unsteady = own.filter((one) => {
      if (!hasChange(one) || isUnreached(one, gone)) return false;
      return gone.has(one.device) || isUnsteady(one, live.get(one.device), gates, now);
    });
    if (unsteady.length === 0) continue;
    if (failed + unsteady.length <= gates.maxFailures * own.length) continue;
    return unsteadyText(standingOf(unsteady, presence, gates, now)).join('; ');
  }
  return undefined;
}

/** Who is silent and who has just come back, a text each; none where there is no such device. */
export function unsteadyText({ silent, restarted }: Standing): string[] {
  const words = [
    ['are silent', silent],
    ['are connected again', restarted],
  ] as const;
  return words
    .filter(([, { count }]) => count > 0)
    .map(
      ([word, { count, devices }]) => `${count} device(s) ${word}: ${namesSince(devices, count)}`,
    );
}
