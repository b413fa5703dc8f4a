/** Which device gets a change in which wave. Pure; the same devices make the same waves. */

import { ceilShare } from '../../wire/index.js';

export interface Candidate {
  readonly device: string;
  readonly isConnected: boolean;
}

/**
 * The wave of each device, for shares that say how many of all have the change after each wave. The first wave has a device at
 * least. Connected devices come first: an offline canary proves nothing.
 */
export function wavesOf(
  candidates: readonly Candidate[],
  shares: readonly number[],
): Map<string, number> {
  const rank = ({ isConnected }: Candidate) => (isConnected ? 0 : 1);
  const inOrder = candidates.toSorted(
    (a, b) => rank(a) - rank(b) || (a.device < b.device ? -1 : 1),
  );
  const ends = shares.map((share) => Math.max(1, ceilShare(share, inOrder.length)));
  return new Map(
    inOrder.map(({ device }, i) => {
      const wave = ends.findIndex((end) => i < end);
      return [device, wave < 0 ? shares.length - 1 : wave];
    }),
  );
}
