/**
 * The relaxed job of a set with a few tensors, sharpened: the least over all choices of the tensors
 * that went early (set-jobs.ts), each choice with all that it costs.
 *
 * Early tensors have cost device time when an earlier frame's last tensor is ready, and device or
 * link time when that one has arrived. The others are then sent, decoded and worked off.
 */

import { least } from '../../algorithms/extremes.js';
import type { DeviceSet } from '../../problem/device-sets.js';
import type { PricedFrame } from '../../problem/priced-frame.js';
import type { BurstJob } from './job.js';
import { type Tensor, type TensorSubset, tensorSubsets } from './tensor-subsets.js';

/** Tensors a set may have, so that looking at all subsets stays cheap. */
const TENSORS = 6;

/** What one choice of early tensors leaves to wait for. */
interface Rest {
  /** Price of the early ones to those who wait for the device, and for the link. */
  readonly deviceMs: number;
  readonly earlyMs: number;
  readonly linkMs: number;
  readonly workMs: number;
  /** The shortest of the others on the link, and the least work after the last of them. */
  readonly shortestMs: number;
  readonly lastWorkMs: number;
  /** From the frame's begin: the link's end, the first arrival, and every tensor with its tail. */
  readonly sentMs: number;
  readonly arrivalMs: number;
  readonly tails: readonly { readonly arrivalMs: number; readonly workMs: number }[];
}

/** The sharper job, or the given one where the set has too many tensors. */
export function refinedJob(
  frame: PricedFrame,
  workers: number,
  { set, relaxed }: { readonly set: DeviceSet; readonly relaxed: BurstJob },
): BurstJob {
  if (set.cut.length > TENSORS) return relaxed;
  const rests = restsOf(frame, set);
  const leastOf = (of: (rest: Rest) => number): number => least(rests.map(of));
  const linkMs = leastOf((rest) => rest.deviceMs + rest.linkMs);
  const lastWorkMs = leastOf((rest) => rest.lastWorkMs);
  const fromLink = (share: number): number =>
    Math.max(
      linkMs + frame.latencyMs + lastWorkMs / share,
      leastOf((rest) => rest.earlyMs + rest.shortestMs + frame.latencyMs + rest.workMs / share),
    );
  const fromDevice = (share: number): number =>
    leastOf((rest) =>
      rest.tails.reduce(
        (ms, { arrivalMs, workMs }) => Math.max(ms, arrivalMs + workMs / share),
        Math.max(
          rest.sentMs + frame.latencyMs + rest.lastWorkMs / share,
          rest.arrivalMs + rest.workMs / share,
        ),
      ),
    );
  const isShared = workers > 1;
  return {
    ...relaxed,
    linkMs,
    linkFromDeviceMs: leastOf((rest) => rest.sentMs),
    cloudMs: leastOf((rest) => rest.earlyMs + rest.workMs / workers),
    cloudFromLinkMs: fromLink(workers),
    cloudFromDeviceMs: fromDevice(workers),
    lastFromLinkMs: isShared ? fromLink(1) : -Infinity,
    lastFromDeviceMs: isShared ? fromDevice(1) : -Infinity,
  };
}

/** Every choice of early tensors that leaves a last one. */
function restsOf(frame: PricedFrame, set: DeviceSet): Rest[] {
  const { tensors, subsets } = tensorSubsets(frame, set);
  const whole = subsets.at(-1);
  if (!whole) return [];
  return subsets.flatMap((early, bits): Rest[] => {
    const others = tensors.filter(({ bit }) => (bits & bit) === 0);
    const last = others.filter(({ mayBeLast }) => mayBeLast);
    if (last.length === 0) return [];
    const readyMs = ({ bit }: Tensor): number => subsets[bits | bit]?.deviceMs ?? Infinity;
    const linkMs = whole.linkMs - early.linkMs;
    const firstMs = Math.min(...others.map(readyMs));
    const lastLinkMs = Math.min(...last.map((one) => one.linkMs));
    const tails = others.map((one) => ({
      arrivalMs: readyMs(one) + one.linkMs + frame.latencyMs,
      workMs: one.tailMs,
    }));
    return [
      {
        deviceMs: early.deviceMs,
        earlyMs: leastPriceMs(subsets, bits),
        linkMs,
        workMs: whole.workMs - early.workMs,
        shortestMs: Math.min(...others.map((one) => one.linkMs)),
        lastWorkMs: Math.min(...last.map(({ tailMs }) => tailMs)),
        sentMs: Math.max(whole.deviceMs + lastLinkMs, firstMs + linkMs),
        arrivalMs: Math.min(...tails.map(({ arrivalMs }) => arrivalMs)),
        tails,
      },
    ];
  });
}

/** Least time of device or link that some tensors have cost, over all ways to share them out. */
function leastPriceMs(subsets: readonly TensorSubset[], bits: number): number {
  let leastMs = Infinity;
  for (let ready = bits; ; ready = (ready - 1) & bits) {
    const { deviceMs = 0 } = subsets[ready] ?? {};
    const { linkMs = 0 } = subsets[bits & ~ready] ?? {};
    leastMs = Math.min(leastMs, deviceMs + linkMs);
    if (ready === 0) return leastMs;
  }
}
