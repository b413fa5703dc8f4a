/**
 * Where a schedule that beats a known makespan may still cut the network.
 *
 * From what a frame costs at least with one unit on one side (side-bounds.ts): units that have to
 * be on one side, tensors that cannot be cut, and what every machine waits for before its first or
 * after its last work, over all tensors that still can.
 */

import type { Loads } from '../algorithms/mixed-game.js';
import type { Graph, Node } from '../problem/graph.js';
import { leastCost, type PricedFrame } from '../problem/priced-frame.js';
import { CLOUD, crossingMs, DEVICE, type SideBounds, type Sides } from './side-bounds.js';

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
  const marginsMs = marginsOf(frame, mayBeCut, mayBeOnDevice);
  return { belowMs, mayBeOnDevice, mayBeInCloud, mayBeCut, marginsMs };
}

/**
 * The sides a scope leaves no choice of, with what follows from them: what a node on the device
 * needs, and what needs a node in the cloud. Undefined where a node would have to be on both.
 */
export function sidesOf({ nodes }: Graph, scope: Scope): Sides | undefined {
  const sides: Sides = new Uint8Array(nodes.length);
  for (const node of nodes.toReversed()) {
    const isNeeded = node.successors.some((reader) => sides[reader.index] === DEVICE);
    if (isNeeded || !scope.mayBeInCloud(node)) sides[node.index] = DEVICE;
  }
  for (const node of nodes) {
    const isFed = node.predecessors.some((before) => sides[before.index] === CLOUD);
    if (!isFed && scope.mayBeOnDevice(node)) continue;
    if (sides[node.index] === DEVICE) return undefined;
    sides[node.index] = CLOUD;
  }
  return sides;
}

function marginsOf(
  frame: PricedFrame,
  mayBeCut: Scope['mayBeCut'],
  mayBeOnDevice: Scope['mayBeOnDevice'],
): Loads {
  const { nodes, mayStartInCloud } = frame.graph;
  // Where units without predecessors may run in the cloud, no tensor need be sent at all.
  if (mayStartInCloud) return [0, 0, frame.returnMs];
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
  // What the device runs last is a tensor of the cut only where no sink stays there: a single one
  // never does.
  const sinks = nodes.filter((node) => node.successors.length === 0);
  const mayStay = sinks.length > 1 && sinks.some(mayBeOnDevice);
  const deviceMs = mayStay || afterDeviceMs === Infinity ? 0 : afterDeviceMs;
  return [deviceMs, beforeLinkMs + afterLinkMs, beforeCloudMs + frame.returnMs];
}
