/**
 * What a frame under a fixed plan takes, link apart; its latency over any link follows from them.
 *
 * With one worker every work-conserving order of the cloud ends at the same time, so of the cloud only the work that each
 * arrival sets free counts. O(V + E).
 */

import type { Graph, Node } from '../problem/graph.js';
import type { Decision } from '../problem/priced-frame.js';

/** Device times, and for every upload when it is ready, its size and the cloud work it makes ready. */
export interface PlanTimes {
  readonly deviceMs: number;
  /** When the last sink on the device is done; 0 when the cloud makes all. */
  readonly ownMs: number;
  readonly uploads: readonly {
    readonly readyMs: number;
    readonly bytes: number;
    readonly cloudMs: number;
  }[];
}

/** The times of a decision; uploads by the time each is ready. */
export function planTimesOf(graph: Graph, { device, sendings }: Decision): PlanTimes {
  const here = new Set(device);
  const missing = new Map<Node, number>();
  for (const node of graph.nodes) if (!here.has(node)) missing.set(node, node.predecessors.length);
  // What needs nothing the cloud has done before anything arrives; its readers wait for the others alone.
  for (const [node, count] of [...missing]) if (count === 0) freedMs(node, missing);
  let [nowMs, ownMs] = [0, 0];
  const uploads: PlanTimes['uploads'][number][] = [];
  for (const node of device) {
    const sending = sendings.get(node);
    nowMs += node.deviceMs + (sending?.encodeMs ?? 0);
    if (node.successors.length === 0) ownMs = nowMs;
    if (sending === undefined) continue;
    const { encoding, decodeMs } = sending;
    const bytes = node.encodings.find(({ name }) => name === encoding)?.bytes ?? 0;
    uploads.push({ readyMs: nowMs, bytes, cloudMs: decodeMs + freedMs(node, missing) });
  }
  return { deviceMs: nowMs, ownMs, uploads };
}

/** Cloud time of all units that need nothing more, once a tensor is there. */
function freedMs(arrived: Node, missing: Map<Node, number>): number {
  let sumMs = 0;
  const done = [arrived];
  for (let node = done.pop(); node !== undefined; node = done.pop()) {
    for (const reader of node.successors) {
      const left = (missing.get(reader) ?? Number.NaN) - 1;
      missing.set(reader, left);
      if (left !== 0) continue;
      sumMs += reader.cloudMs;
      done.push(reader);
    }
  }
  return sumMs;
}

/** What a plan's latency at a rate depends on in addition to its times. */
export interface WayThere {
  /** One way. */
  readonly latencyMs: number;
  /** Link time of a tensor in addition to its bytes. */
  readonly perTensorMs: number;
  readonly msPerByte: number;
  /** From the end of the cloud's work until the device holds the result. */
  readonly returnMs: number;
}

/** Latency of a frame with these times over a link, as the simulator executes it. O(uploads) */
export function latencyOf({ ownMs, uploads }: PlanTimes, way: WayThere): number {
  if (uploads.length === 0) return ownMs;
  let [linkMs, cloudMs] = [0, 0];
  for (const { readyMs, bytes, cloudMs: workMs } of uploads) {
    linkMs = Math.max(linkMs, readyMs) + way.perTensorMs + bytes * way.msPerByte;
    cloudMs = Math.max(cloudMs, linkMs + way.latencyMs) + workMs;
  }
  return Math.max(ownMs, cloudMs + way.returnMs);
}
