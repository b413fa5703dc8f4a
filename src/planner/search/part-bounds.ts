/** What a label of the search over independent parts (part-search.ts) can lead to at least. */

import { pricedMs } from '../algorithms/mixed-game.js';
import type { Label } from '../order/labels.js';
import type { PricedFrame } from '../problem/priced-frame.js';
import type { PartCut } from './part-cuts.js';
import type { PricedParts } from './part-prices.js';
import type { PartMove, PartState } from './part-states.js';

/** Bounds labels at several prices of the machines. */
export class PartBounds {
  readonly met: readonly PricedParts[];
  readonly #frame: PricedFrame;
  readonly #excess = new Map<PartCut, readonly number[]>();

  constructor(frame: PricedFrame, met: readonly PricedParts[]) {
    this.#frame = frame;
    this.met = met;
  }

  /** No schedule that sends one more tensor from here on ends before. */
  boundMs(state: PartState, label: Label<PartMove>): number {
    return state.headMs === Infinity ? Infinity : Math.max(...this.sumsMs(state, label));
  }

  /** By prices: the least priced sum of when the machines are free and of all that is left. */
  sumsMs(state: PartState, { deviceMs, linkMs, cloudMs, trailingMs }: Label<PartMove>): number[] {
    const { latencyMs, returnMs } = this.#frame;
    const sentMs = Math.max(linkMs, deviceMs + state.headMs);
    const ownMs = deviceMs + trailingMs;
    const leftMs = sentMs + latencyMs + state.tailMs + returnMs;
    const workMs = Math.max(cloudMs, sentMs + state.linkMs + latencyMs) + returnMs;
    return this.met.map(
      ({ prices }, i) =>
        prices[0] * ownMs + prices[1] * leftMs + prices[2] * workMs + (state.restMs[i] ?? 0),
    );
  }

  /** By prices: how much more a cut costs than the least of its part. */
  excessMs(part: number, cut: PartCut): readonly number[] {
    const known = this.#excess.get(cut);
    if (known) return known;
    const made = this.met.map(
      ({ prices, leastMs }) => pricedMs(cut.loads, prices) - (leastMs[part] ?? 0),
    );
    this.#excess.set(cut, made);
    return made;
  }
}

/** Whether all sums stay below a makespan when an excess is added. */
export function isBelow(
  belowMs: number,
  sumsMs: readonly number[],
  excessMs: readonly number[],
): boolean {
  for (let i = 0; i < sumsMs.length; i++) {
    if ((sumsMs[i] ?? 0) + (excessMs[i] ?? 0) >= belowMs) return false;
  }
  return true;
}
