/**
 * Where a schedule that beats a known makespan may still cut the network.
 *
 * From what a frame costs at least with one unit on one side (side-bounds.ts): units that have to
 * be on one side, tensors that cannot be cut, and what every machine waits for before its first or
 * after its last work, over all tensors that still can.
 */

import type { Loads } from '../algorithms/mixed-game.js';
import { mayStartInCloud, type Node } from '../problem/graph.js';
import { leastCost, type PricedFrame } from '../problem/priced-frame.js';
import { crossingMs, type SideBounds } from './side-bounds.js';

/** Which cuts are left for makespans below `belowMs`, leaving aside everything on the device. */
export interface Scope {
  readonly belowMs: number;
  readonly mayBeOnDevice: (node: Node) => boolean;
  readonly mayBeInCloud: (node: Node) => boolean;
  readonly mayBeCut: (from: Node, to: Node) => boolean;
  /** Least time device, link and cloud spend in addition to their loads. */
  readonly marginsMs: Loads;
}

/** The scope that a known makespan leaves. O(V + E) */
export function scopeOf(frame: PricedFrame, sides: SideBounds, belowMs: number): Scope {
  const mayBeOnDevice = (node: Node): boolean => (sides.onDeviceMs[node.index] ?? 0) < belowMs;
  const mayBeInCloud = (node: Node): boolean => (sides.inCloudMs[node.index] ?? 0) < belowMs;
  const mayBeCut = (from: Node, to: Node): boolean =>
    mayBeOnDevice(from) && mayBeInCloud(to) && crossingMs(frame, from, to) < belowMs;
  const marginsMs = marginsOf(frame, mayBeCut);
  return { belowMs, mayBeOnDevice, mayBeInCloud, mayBeCut, marginsMs };
}

function marginsOf(frame: PricedFrame, mayBeCut: Scope['mayBeCut']): Loads {
  const { nodes } = frame.graph;
  let [beforeLinkMs, beforeCloudMs] = [Infinity, Infinity];
  let [afterDeviceMs, afterLinkMs] = [Infinity, Infinity];
  for (const node of nodes) {
    const { encodeMs, linkMs, decodeMs } = leastCost(frame, node);
    for (const reader of node.successors) {
      if (!mayBeCut(node, reader)) continue;
      const readyMs = node.headMs + encodeMs;
      const restMs = frame.latencyMs + decodeMs + reader.tailMs + frame.returnMs;
      beforeLinkMs = Math.min(beforeLinkMs, readyMs);
      beforeCloudMs = Math.min(beforeCloudMs, readyMs + linkMs + frame.latencyMs);
      afterLinkMs = Math.min(afterLinkMs, restMs);
      afterDeviceMs = Math.min(afterDeviceMs, linkMs + restMs);
    }
  }
  // Where units without predecessors may run in the cloud, no tensor need be sent at all; and only
  // with one sink is everything on the device needed by some tensor of the cut.
  if (mayStartInCloud(frame.graph)) return [0, 0, frame.returnMs];
  const sinks = nodes.filter((node) => node.successors.length === 0).length;
  const deviceMs = sinks === 1 ? afterDeviceMs : 0;
  return [deviceMs, beforeLinkMs + afterLinkMs, beforeCloudMs + frame.returnMs];
}
