/**
 * When several workers can begin at the earliest: no more of them are busy than frames have sent a
 * tensor, and first tensors come one after the other, however frames interleave.
 *
 * When the k-th of them has come, the device has done what k first tensors need and the link has sent
 * k. At any prices of device and link that sum to 1 it comes no earlier than k times the cheapest.
 */

import { least } from '../../algorithms/extremes.js';
import { bestMix } from '../../algorithms/mixed-game.js';
import { type PricedFrame, sendingsOf } from '../../problem/priced-frame.js';

/** The mean of these times over all workers, milliseconds, where at least `sending` frames send. */
export function meanStartMs(frame: PricedFrame, workers: number, sending: number): number {
  const tensors = frame.graph.nodes.flatMap((node) =>
    sendingsOf(frame, node).map(
      ({ encodeMs, linkMs }) => [node.headMs + encodeMs, linkMs] as const,
    ),
  );
  if (tensors.length === 0) return 0;
  const firstMs = least(tensors.map(([headMs, linkMs]) => headMs + linkMs));
  const [device, link] = bestMix(tensors).prices;
  const stepMs = least(tensors.map(([headMs, linkMs]) => device * headMs + link * linkMs));
  let sumMs = 0;
  for (let worker = 1; worker <= workers; worker++) {
    sumMs += worker <= sending ? Math.max(firstMs, worker * stepMs) : firstMs;
  }
  return frame.latencyMs + sumMs / workers;
}

/** The same of a burst that ends before `belowMs`: in that time few frames stay on the device. */
export function startBelowMs(
  frame: PricedFrame,
  { frames, workers }: { readonly frames: number; readonly workers: number },
  belowMs: number,
): number {
  const localMs = frame.graph.nodes.reduce((sum, node) => sum + node.deviceMs, 0);
  const local = localMs > 0 ? Math.floor(belowMs / localMs) : frames;
  return meanStartMs(frame, workers, frames - local);
}
