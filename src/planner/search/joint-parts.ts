/**
 * One frame of a network that falls apart into independent parts: cut, order and encodings together.
 *
 * Annealing and a beam over the most promising cuts find a schedule. Every cut that could beat it
 * takes part in the proof.
 */

import { pricedMs } from '../algorithms/mixed-game.js';
import { type Label, movesTo } from '../order/labels.js';
import type { Node } from '../problem/graph.js';
import type { Decision, PricedFrame, Sending } from '../problem/priced-frame.js';
import type { Bounded } from './branch-and-bound.js';
import { jobsOf, type Part, type PartCut, partsOf } from './part-cuts.js';
import { type PricedParts, partsBelow, pricesOf } from './part-prices.js';
import { type PartLimits, searchParts } from './part-search.js';
import { startOf } from './part-start.js';
import type { PartMove } from './part-states.js';

/** Cuts of each part in the beam. */
const CUTS = 24;
const FIRST: PartLimits = { labels: 6_000, beam: 24 };
const PROOF: PartLimits = { labels: 40_000, beam: Infinity };

/**
 * Plans all parts together; undefined where a network is connected or a part cannot be listed.
 * `effort` multiplies the budgets.
 */
export function jointParts(frame: PricedFrame, effort = 1): Bounded | undefined {
  const parts = partsOf(frame);
  if (!parts) return undefined;
  const met = pricesOf(frame, parts);
  const start = startOf(frame, parts, met, effort);
  const left = partsBelow(parts, met, start.endMs);
  const narrow = pricesOf(frame, left);
  const few = left.map((part, i) => ({ ...part, cuts: nearest(part, i, narrow) }));
  const first = searchParts(frame, few, narrow, start.endMs, times(FIRST, effort));
  const open = partsBelow(left, narrow, first.endMs);
  const last = pricesOf(frame, open);
  const proof = searchParts(frame, open, last, first.endMs, times(PROOF, effort));
  const label = proof.label ?? first.label;
  const endMs = proof.endMs;
  // Cuts left out cannot end before `endMs`, so what the prices of the others prove holds up to there.
  const provenMs = last.reduce((most, { boundMs }) => Math.max(most, boundMs), proof.boundMs);
  const decision = label ? decisionOf(parts, label) : start.decision;
  return { decision, endMs, boundMs: Math.min(endMs, provenMs) };
}

function times({ labels, beam }: PartLimits, effort: number): PartLimits {
  return { labels: labels * effort, beam: Math.ceil(beam * effort) };
}

/** The cuts that cost least in addition to the best, at the prices that prove most. */
export function nearest(part: Part, place: number, met: readonly PricedParts[]): PartCut[] {
  const proven = met.reduce((a, b) => (b.boundMs > a.boundMs ? b : a));
  const excessMs = ({ loads }: PartCut): number =>
    pricedMs(loads, proven.prices) - (proven.leastMs[place] ?? 0);
  return part.cuts.toSorted((a, b) => excessMs(a) - excessMs(b) || a.id - b.id).slice(0, CUTS);
}

/** A copy while its jobs are done. */
interface Running {
  readonly copy: readonly Node[];
  readonly cut: PartCut;
  done: bigint;
}

/** The schedule of a label. Parts that it does not begin stay on the device and run last. */
export function decisionOf(parts: readonly Part[], last: Label<PartMove>): Decision {
  const free = parts.map(({ copies }) => [...copies]);
  const running: Running[] = [];
  const device: Node[] = [];
  const trailing: Node[] = [];
  const sendings = new Map<Node, Sending>();
  for (const move of movesTo(last)) {
    const part = parts[move.part];
    if (!part) continue;
    let own = running.find(({ cut, done }) => cut === move.cut && done === move.done);
    if (move.done === 0n) {
      own = { copy: free[move.part]?.shift() ?? [], cut: move.cut, done: 0n };
      running.push(own);
      for (const node of nodesOf(own.copy, jobsOf(part, move.cut).trailing)) trailing.push(node);
    }
    if (!own) continue;
    own.done |= move.job.bit;
    const nodes = nodesOf(own.copy, move.job.nodes);
    for (const node of nodes) device.push(node);
    const head = nodes.at(-1);
    if (head && move.sending) sendings.set(head, move.sending);
  }
  return { device: [...device, ...trailing, ...free.flat(2)], sendings };
}

/** The nodes of a copy that stand for those of its part's graph. */
function nodesOf(copy: readonly Node[], nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => copy[node.index] ?? []);
}
