/**
 * What device, link and cloud take at least, each by itself, where the sides of some nodes are known.
 *
 * Jobs are what is certain to run on a machine; heads and tails are bottleneck paths over what the
 * other nodes may do. One vocabulary for all three: head, work, tail (Carlier 1982). O((V + E) log V)
 */
import { largestTailFirstMs, type MachineJob, preemptiveMs } from '../algorithms/one-machine.js';
import type { Node } from '../problem/graph.js';
import { leastCost, type PricedFrame } from '../problem/priced-frame.js';
import type { Scope } from './scope.js';
import { CLOUD, DEVICE, type Sides } from './side-bounds.js';

/** No schedule within the scope and its sides that sends something ends before. */
export function machineBoundMs(frame: PricedFrame, scope: Scope, sides: Sides): number {
  const { nodes } = frame.graph;
  const isKept = (node: Node): boolean => sides[node.index] === DEVICE;
  const isSent = (node: Node): boolean => sides[node.index] === CLOUD;
  const arrivals = arrivalsOf(frame, scope);
  const deliveries = deliveriesOf(frame, scope);
  const device: MachineJob[] = [];
  const link: MachineJob[] = [];
  const cloud: MachineJob[] = [];
  for (const node of nodes) {
    const { encodeMs, linkMs, decodeMs } = leastCost(frame, node);
    if (isSent(node)) {
      const headMs = arrivals[node.index] ?? 0;
      const tailMs = node.tailMs - node.cloudMs + frame.returnMs;
      cloud.push({ headMs, workMs: node.cloudMs, tailMs });
    }
    if (!isKept(node)) continue;
    const readers = node.successors.filter(isSent);
    const isRead = readers.length > 0;
    const workMs = node.deviceMs + (isRead ? encodeMs : 0);
    const deliveryMs = (deliveries[node.index] ?? 0) - (isRead ? encodeMs : 0);
    device.push({ headMs: 0, workMs, tailMs: Math.max(0, deliveryMs) });
    if (!isRead) continue;
    const restMs = readers.reduce((most, reader) => Math.max(most, reader.tailMs), 0);
    const headMs = node.headMs + encodeMs;
    const tailMs = frame.latencyMs + decodeMs + restMs + frame.returnMs;
    link.push({ headMs, workMs: linkMs, tailMs });
  }
  return Math.max(largestTailFirstMs(device), preemptiveMs(link), preemptiveMs(cloud));
}

/** By node: the least time at which the cloud could begin it. */
function arrivalsOf(frame: PricedFrame, scope: Scope): Float64Array {
  const { nodes } = frame.graph;
  const arrivals = new Float64Array(nodes.length);
  for (const node of nodes) {
    let latestMs = 0;
    for (const before of node.predecessors) {
      const sentMs = scope.mayBeCut(before, node)
        ? before.headMs + leastCost(frame, before).serialMs + frame.latencyMs
        : Infinity;
      const madeMs = scope.mayBeInCloud(before)
        ? (arrivals[before.index] ?? 0) + before.cloudMs
        : Infinity;
      latestMs = Math.max(latestMs, Math.min(sentMs, madeMs));
    }
    arrivals[node.index] = latestMs;
  }
  return arrivals;
}

/** By node: the least time from its end on the device until the frame is done. */
function deliveriesOf(frame: PricedFrame, scope: Scope): Float64Array {
  const { nodes } = frame.graph;
  const deliveries = new Float64Array(nodes.length);
  for (const node of nodes.toReversed()) {
    const sentMs = leastCost(frame, node).serialMs + frame.latencyMs + frame.returnMs;
    let longestMs = 0;
    for (const reader of node.successors) {
      const cutMs = scope.mayBeCut(node, reader) ? sentMs + reader.tailMs : Infinity;
      const keptMs = scope.mayBeOnDevice(reader)
        ? reader.deviceMs + (deliveries[reader.index] ?? 0)
        : Infinity;
      longestMs = Math.max(longestMs, Math.min(cutMs, keptMs));
    }
    deliveries[node.index] = longestMs;
  }
  return deliveries;
}
