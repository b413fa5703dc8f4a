/**
 * Lower bounds on the makespan of one frame.
 *
 * Each machine in turn is the bottleneck: the least time before its first piece of work, all its
 * work, the least time after its last. Exact for every cut of at most one tensor on which no sink
 * stays behind, which is what most cuts of real networks are.
 */
import type { DeviceSet } from '../problem/device-sets.js';
import { leastCost, type PricedFrame } from '../problem/priced-frame.js';

/** No order of this device set ends before; infinite where a tensor of the cut must not be sent. */
export function setBoundMs(frame: PricedFrame, set: DeviceSet): number {
  if (set.isLocal) return set.deviceMs;
  let [encodeMs, linkMs, decodeMs, pathMs] = [0, 0, 0, 0];
  let [leastHeadMs, leastArrivalMs, leastTailMs] = [Infinity, Infinity, Infinity];
  let leastLastMs = Infinity;
  for (const { node, tailMs, mayBeLast } of set.cut) {
    const cost = leastCost(frame, node);
    if (cost.serialMs === Infinity) return Infinity;
    const { headMs } = node;
    encodeMs += cost.encodeMs;
    linkMs += cost.linkMs;
    decodeMs += cost.decodeMs;
    leastHeadMs = Math.min(leastHeadMs, headMs + cost.encodeMs);
    leastArrivalMs = Math.min(leastArrivalMs, headMs + cost.encodeMs + cost.linkMs);
    leastTailMs = Math.min(leastTailMs, cost.decodeMs + tailMs);
    const afterMs = cost.serialMs + frame.latencyMs + tailMs;
    if (mayBeLast) leastLastMs = Math.min(leastLastMs, afterMs - cost.encodeMs);
    pathMs = Math.max(pathMs, headMs + afterMs);
  }
  const backMs = frame.returnMs;
  const cloudMs = set.cloudMs + decodeMs + backMs;
  const deviceMs = set.deviceMs + encodeMs;
  if (set.cut.length === 0) return Math.max(deviceMs, cloudMs);
  const awayMs = frame.latencyMs + backMs;
  return Math.max(
    deviceMs,
    cloudMs,
    pathMs + backMs,
    set.leadMs + encodeMs + leastLastMs + backMs,
    leastHeadMs + linkMs + leastTailMs + awayMs,
    leastArrivalMs + decodeMs + set.boundCloudMs + awayMs,
  );
}
