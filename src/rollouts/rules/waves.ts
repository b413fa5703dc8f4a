/** Which devices get a change in which wave. Pure; the same devices make the same wave. */
import { ceilShare } from '../../wire/index.js';

/** A device that is online and has not the change yet. */
export interface Candidate {
  readonly device: string;
  /** Begin of its session. */
  readonly onlineSince: Date;
}

export interface WaveShare {
  /** Share of the devices that have the change after this wave. */
  readonly share: number;
  readonly isFirst: boolean;
  /** Devices that were given the change before this wave. */
  readonly given: number;
  /** Devices that are online since then, or longer, come first: what is usual for them is known. */
  readonly warmSince: Date;
}

/**
 * The devices of a wave, drawn from those that are online when it begins. Shares are of those, and of the devices that were given
 * the change before: absent devices make no wave larger. The first wave has a device at least.
 */
export function waveOf(
  candidates: readonly Candidate[],
  { share, isFirst, given, warmSince }: WaveShare,
): string[] {
  const end = Math.max(isFirst ? 1 : 0, ceilShare(share, given + candidates.length));
  const rank = ({ onlineSince }: Candidate) => (onlineSince <= warmSince ? 0 : 1);
  const inOrder = candidates.toSorted(
    (a, b) => rank(a) - rank(b) || (a.device < b.device ? -1 : 1),
  );
  return inOrder.slice(0, Math.max(0, end - given)).map(({ device }) => device);
}
