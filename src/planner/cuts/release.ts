/**
 * Cloud work that waits for a tensor of a unit that is on the device in any case, such as an input.
 *
 * The release date of such a tensor is the device time of all that it needs, its transfer and its
 * decoding. Cloud units that need one of some such tensors, directly or by other cloud units, run
 * after the least of their release dates, one at a time. So the frame ends no earlier than that
 * date, all this work and the way back: the bound of one machine with release dates (Carlier 1982),
 * here over work that the cut still chooses. Which tensors are best taken together depends on their
 * dates: later tensors release less work. Prefixes by falling date are compared. O(V log V + E)
 */

import type { Graph, Node } from '../problem/graph.js';
import { leastCost, type PricedFrame } from '../problem/priced-frame.js';
import type { Scope } from './scope.js';
import { CLOUD, DEVICE, type Sides } from './side-bounds.js';

/** A date counts where it is so much later than what the cloud waits for anyway, as a share. */
const LATE = 0.1;

/** Some tensors that are released late, and the units that may wait for them; by node index. */
export interface Release {
  /** No tensor of these is decoded before, milliseconds from the frame's begin. */
  readonly dateMs: number;
  /** Whether one of the tensors is sent for certain. */
  readonly isCertain: boolean;
  /** 1 where a node reads one of the tensors if it is in the cloud. */
  readonly reads: Uint8Array;
  /** 1 where a node may need one, directly or not. */
  readonly mayNeed: Uint8Array;
}

/** A tensor of a node on the device, and its release date. */
interface Dated {
  readonly node: Node;
  readonly dateMs: number;
}

/** The tensors whose bound can be the largest; undefined where they are not late. */
export function releaseOf(frame: PricedFrame, scope: Scope, sides: Sides): Release | undefined {
  const { graph, latencyMs } = frame;
  const dated = graph.nodes
    .filter(
      (node) =>
        sides[node.index] === DEVICE &&
        node.successors.some((reader) => scope.mayBeCut(node, reader)),
    )
    .map((node) => ({ node, dateMs: node.headMs + leastCost(frame, node).serialMs + latencyMs }))
    .sort((a, b) => b.dateMs - a.dateMs || a.node.index - b.node.index);
  const mayNeed = new Uint8Array(graph.nodes.length);
  let [count, mostMs, workMs] = [0, 0, 0];
  for (const [i, { node, dateMs }] of dated.entries()) {
    workMs += reached(scope, node, mayNeed);
    if (dateMs + workMs <= mostMs) continue;
    [count, mostMs] = [i + 1, dateMs + workMs];
  }
  const first = dated.slice(0, count);
  const release = taken(graph, scope, first, sides);
  const laterMs = release.dateMs + frame.returnMs - scope.marginsMs[2];
  return laterMs > LATE * scope.belowMs ? release : undefined;
}

function taken({ nodes }: Graph, scope: Scope, dated: readonly Dated[], sides: Sides): Release {
  const [reads, mayNeed] = [new Uint8Array(nodes.length), new Uint8Array(nodes.length)];
  for (const { node } of dated) {
    reached(scope, node, mayNeed);
    for (const reader of node.successors) if (scope.mayBeInCloud(reader)) reads[reader.index] = 1;
  }
  const isCertain = dated.some(({ node }) =>
    node.successors.some((reader) => sides[reader.index] === CLOUD),
  );
  return { dateMs: dated.at(-1)?.dateMs ?? 0, isCertain, reads, mayNeed };
}

/** Marks what may need a node's tensor in the cloud; the cloud time that is new. */
function reached(scope: Scope, from: Node, mayNeed: Uint8Array): number {
  let workMs = 0;
  const open = [from];
  for (let node = open.pop(); node; node = open.pop()) {
    for (const reader of node.successors) {
      if (mayNeed[reader.index] === 1 || !scope.mayBeInCloud(reader)) continue;
      mayNeed[reader.index] = 1;
      workMs += reader.cloudMs;
      open.push(reader);
    }
  }
  return workMs;
}

/** What a device set with these members makes wait: whether anything does, and how much. O(V + E) */
export function waitingOf(
  { nodes }: Graph,
  members: Uint8Array,
  { reads, mayNeed }: Release,
): { readonly isWaiting: boolean; readonly workMs: number } {
  const waits = new Uint8Array(nodes.length);
  let [isWaiting, workMs] = [false, 0];
  for (const { index, predecessors, cloudMs } of nodes) {
    if (mayNeed[index] !== 1 || members[index] === 1) continue;
    const isReader = reads[index] === 1;
    if (!isReader && !predecessors.some((before) => waits[before.index] === 1)) continue;
    waits[index] = 1;
    isWaiting = true;
    workMs += cloudMs;
  }
  return { isWaiting, workMs };
}
