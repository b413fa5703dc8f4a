/**
 * A good schedule of independent parts to begin with: plain choices of cuts, the best one annealed.
 *
 * Plain choices are one cut for all copies of a part, and for every part the cut of least load at
 * some prices of the machines.
 */
import type { FoundOrder } from '../order/best-order.js';
import type { Decision, PricedFrame } from '../problem/priced-frame.js';
import { anneal, MOVES } from './annealing.js';
import { FlatFrame } from './flat-frame.js';
import type { Part } from './part-cuts.js';
import { leastCut, type PricedParts } from './part-prices.js';

/** By part: the members of a device set. */
type Choice = readonly (Uint8Array | undefined)[];

/** The best of the plain choices after annealing. */
export function startOf(
  frame: PricedFrame,
  parts: readonly Part[],
  met: readonly PricedParts[],
  effort: number,
): FoundOrder {
  const flat = new FlatFrame(frame);
  const local: Decision = { device: frame.graph.nodes, sendings: new Map() };
  let [best, leastMs] = [flat.planOf(local), Infinity];
  for (const choice of plainChoices(parts, met)) {
    const plan = flat.planOf(local);
    for (const [i, members] of choice.entries()) {
      for (const copy of parts[i]?.copies ?? []) {
        for (const [place, node] of copy.entries()) plan.side[node.index] = members?.[place] ?? 1;
      }
    }
    const endMs = flat.makespanMs(plan);
    if (endMs < leastMs) [best, leastMs] = [plan, endMs];
  }
  return anneal(frame, flat.decisionOf(best), Math.ceil(effort * MOVES));
}

/** Undefined members stand for a part that stays on the device. */
function* plainChoices(parts: readonly Part[], met: readonly PricedParts[]): Generator<Choice> {
  yield parts.map(() => undefined);
  for (const [i, { cuts }] of parts.entries()) {
    for (const { set } of cuts) {
      if (set.cut.length > 1) continue;
      yield parts.map((_, other) => (other === i ? set.members : undefined));
    }
  }
  for (const { prices } of met) yield parts.map((part) => leastCut(part, prices)?.set.members);
}
