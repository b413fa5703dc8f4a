/** What a cut of one frame may load, hold and send, and what its bytes cost. */

import { counted, type Loads } from '../../algorithms/mixed-game.js';
import { ALIKE } from '../../cuts/cut-mix.js';
import type { DeviceSet } from '../../problem/device-sets.js';
import type { Graph, Node } from '../../problem/graph.js';
import { leastCost, type PricedFrame, type Sending } from '../../problem/priced-frame.js';
import type { Limits, Link, Slacks } from '../../problem/problem.js';

/** Limits of every single cut; infinite where there is none. */
export interface CutLimits {
  /** Of the mean counted load of a frame, on each machine. */
  readonly loadMs: number;
  /** How often a ms of device, link and cloud counts: 1 / (1 − slack). */
  readonly factors: Loads;
  readonly memoryBytes: number;
  readonly frameBytes: number;
  /** The price of a byte in ms of latency, and the time that it takes on the link. */
  readonly msPerByte: number;
  readonly linkMsPerByte: number;
}

/** How often a ms of device, link and cloud counts against the interval. */
export function factorsOf(slack: number | Slacks = 0): Loads {
  const free = typeof slack === 'number' ? { device: slack, uplink: slack, cloud: slack } : slack;
  return [1 / (1 - free.device), 1 / (1 - free.uplink), 1 / (1 - free.cloud)];
}

/** A machine that is over its limit by less than this share is within it. */
const SAME = 1e-9;

/** The limits of a question, for counted loads of at most `loadMs`. */
export function cutLimitsOf(
  { deviceMemoryBytes = Infinity, maxFrameBytes = Infinity, bytesPrice = 0 }: Limits,
  { uplinkMbps }: Link,
  loadMs: number,
  factors = ALIKE,
): CutLimits {
  return {
    ...{ loadMs, factors },
    memoryBytes: deviceMemoryBytes,
    frameBytes: maxFrameBytes,
    msPerByte: bytesPrice / 1000,
    linkMsPerByte: 8 / (1000 * uplinkMbps),
  };
}

/** Whether a question limits what a cut may hold or send, or prices it. */
export function hasLimits({ deviceMemoryBytes, maxFrameBytes, bytesPrice }: Limits): boolean {
  return [deviceMemoryBytes, maxFrameBytes, bytesPrice].some((limit) => limit !== undefined);
}

/** Whether the answer should say what bytes buy. */
export function asksForBytes({ maxFrameBytes, bytesPrice }: Limits): boolean {
  return maxFrameBytes !== undefined || bytesPrice !== undefined;
}

/** Memory of all nodes that some of the sets holds. O(sets · V) */
export function memoryOf({ nodes }: Graph, sets: readonly Uint8Array[]): number {
  const isOnDevice = ({ index }: Node): boolean => sets.some((members) => members[index] === 1);
  return nodes.reduce((sum, node) => sum + (isOnDevice(node) ? node.memoryBytes : 0), 0);
}

/** Whether a device with that much memory can hold all of the sets at once. */
export function isHeld(graph: Graph, sets: readonly Uint8Array[], memoryBytes: number): boolean {
  return memoryBytes === Infinity || memoryOf(graph, sets) <= memoryBytes;
}

/** Size of a node's output in one encoding. */
export function bytesOf(node: Node, { encoding }: Sending): number {
  return node.encodings.find(({ name }) => name === encoding)?.bytes ?? 0;
}

/** Bytes that a frame sends. */
export function sentBytes(sendings: ReadonlyMap<Node, Sending>): number {
  let sum = 0;
  for (const [node, sending] of sendings) sum += bytesOf(node, sending);
  return sum;
}

/** Whether the counted loads of a cut are within the limit, rounding apart. */
export function isWithin(loads: Loads, limitMs: number): boolean {
  return loads.every((ms) => ms <= limitMs * (1 + SAME));
}

/** False where no choice of encodings keeps a set within its limits. O(V + cut) */
export function mayFit(
  frame: PricedFrame,
  workers: number,
  set: DeviceSet,
  { loadMs, factors, memoryBytes }: CutLimits,
): boolean {
  let [deviceMs, linkMs, cloudMs] = [set.deviceMs, 0, set.cloudMs];
  for (const { node } of set.cut) {
    const least = leastCost(frame, node);
    deviceMs += least.encodeMs;
    linkMs += least.linkMs;
    cloudMs += least.decodeMs;
  }
  const loads = counted([deviceMs, linkMs, cloudMs / workers], factors);
  if (!isWithin(loads, loadMs)) return false;
  return isHeld(frame.graph, [set.members], memoryBytes);
}
