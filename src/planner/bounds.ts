/**
 * Lower bounds on the makespan of one frame.
 *
 * Each machine in turn is the bottleneck: the least time before its first piece of work, all its
 * work, the least time after its last. Exact for every cut of at most one tensor on which no sink
 * stays behind, which is what most cuts of real networks are.
 */
import type { CutTensor, DeviceSet } from './device-sets.js';
import { type Frame, sendingsOf, serialMs } from './frame.js';

/** No order of this device set ends before; infinite where a tensor of the cut may not be sent. */
export function setBoundMs(frame: Frame, set: DeviceSet): number {
  if (set.isLocal) return set.deviceMs;
  const total = { encodeMs: 0, linkMs: 0, decodeMs: 0 };
  const least = { headMs: Infinity, arrivalMs: Infinity, tailMs: Infinity, lastMs: Infinity };
  let pathMs = 0;
  for (const tensor of set.cut) {
    const cost = cheapest(frame, tensor);
    const { headMs } = tensor.node;
    total.encodeMs += cost.encodeMs;
    total.linkMs += cost.linkMs;
    total.decodeMs += cost.decodeMs;
    least.headMs = Math.min(least.headMs, headMs + cost.encodeMs);
    least.arrivalMs = Math.min(least.arrivalMs, headMs + cost.encodeMs + cost.linkMs);
    least.tailMs = Math.min(least.tailMs, cost.decodeMs + tensor.tailMs);
    const afterMs = cost.serialMs + frame.latencyMs + tensor.tailMs;
    if (tensor.mayBeLast) least.lastMs = Math.min(least.lastMs, afterMs - cost.encodeMs);
    pathMs = Math.max(pathMs, headMs + afterMs);
  }
  const backMs = frame.returnMs;
  const cloudMs = set.cloudMs + total.decodeMs + backMs;
  const deviceMs = set.deviceMs + total.encodeMs;
  if (set.cut.length === 0) return Math.max(deviceMs, cloudMs);
  const awayMs = frame.latencyMs + backMs;
  return Math.max(
    deviceMs,
    cloudMs,
    pathMs + backMs,
    set.leadMs + total.encodeMs + least.lastMs + backMs,
    least.headMs + total.linkMs + least.tailMs + awayMs,
    least.arrivalMs + total.decodeMs + set.boundCloudMs + awayMs,
  );
}

/** Least cost of sending a tensor on each machine by itself, and of all three in a row. */
function cheapest(
  frame: Frame,
  { node }: CutTensor,
): { encodeMs: number; linkMs: number; decodeMs: number; serialMs: number } {
  const least = { encodeMs: Infinity, linkMs: Infinity, decodeMs: Infinity, serialMs: Infinity };
  for (const sending of sendingsOf(frame, node)) {
    least.encodeMs = Math.min(least.encodeMs, sending.encodeMs);
    least.linkMs = Math.min(least.linkMs, sending.linkMs);
    least.decodeMs = Math.min(least.decodeMs, sending.decodeMs);
    least.serialMs = Math.min(least.serialMs, serialMs(sending));
  }
  return least;
}
