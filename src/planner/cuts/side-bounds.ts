/**
 * What a frame costs at least once it is known on which side a single unit runs.
 *
 * Every path from an input is cut at one tensor or not at all. Cut between v and its reader u, the
 * frame waits for all that v needs on the device, for the transfer, and for u and all that needs u
 * in the cloud. A unit on the device leaves the best cut further on, a unit in the cloud the best
 * cut before: both are bottleneck paths, found in one walk each. O(V + E).
 */

import type { Node } from '../problem/graph.js';
import { leastCost, type PricedFrame } from '../problem/priced-frame.js';

/** Bounds by node index; no schedule with the node on that side ends before. */
export interface SideBounds {
  readonly onDeviceMs: Float64Array;
  readonly inCloudMs: Float64Array;
  /** No schedule at all ends before. */
  readonly boundMs: number;
}

/** Sides decided by node index: 0 open, `DEVICE` or `CLOUD`; closed under what follows from them. */
export type Sides = Uint8Array;
export const DEVICE = 1;
export const CLOUD = 2;

/** The bounds of all nodes of a frame, within the sides that are decided. */
export function sideBoundsOf(frame: PricedFrame, sides?: Sides): SideBounds {
  const { nodes } = frame.graph;
  const inCloudMs = new Float64Array(nodes.length);
  const onDeviceMs = new Float64Array(nodes.length);
  const mustBe = (node: Node, side: number): boolean => sides?.[node.index] === side;
  const cutMsOf = (from: Node, to: Node): number =>
    mustBe(from, CLOUD) || mustBe(to, DEVICE) ? Infinity : crossingMs(frame, from, to);
  for (const node of nodes) {
    let leastMs = node.isInput || mustBe(node, DEVICE) ? Infinity : node.tailMs + frame.returnMs;
    for (const before of node.predecessors) {
      const cutMs = cutMsOf(before, node);
      leastMs = Math.max(leastMs, Math.min(cutMs, inCloudMs[before.index] ?? 0));
    }
    inCloudMs[node.index] = leastMs;
  }
  for (const node of nodes.toReversed()) {
    let leastMs = mustBe(node, CLOUD) ? Infinity : node.headMs;
    for (const reader of node.successors) {
      const cutMs = Math.max(cutMsOf(node, reader), inCloudMs[reader.index] ?? 0);
      leastMs = Math.max(leastMs, Math.min(cutMs, onDeviceMs[reader.index] ?? 0));
    }
    onDeviceMs[node.index] = leastMs;
  }
  let boundMs = 0;
  for (const { index } of nodes) {
    boundMs = Math.max(boundMs, Math.min(onDeviceMs[index] ?? 0, inCloudMs[index] ?? 0));
  }
  return { onDeviceMs, inCloudMs, boundMs };
}

/** The least latency of a frame in which the output of one node is sent for another. */
export function crossingMs(frame: PricedFrame, from: Node, to: Node): number {
  const sentMs = from.headMs + leastCost(frame, from).serialMs;
  return sentMs + frame.latencyMs + to.tailMs + frame.returnMs;
}
