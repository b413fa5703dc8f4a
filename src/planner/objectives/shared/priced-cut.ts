/**
 * The cut and encodings of least priced time, as a minimum s-t cut (cuts/cheapest-set.ts).
 *
 * The serial time of a frame is device, link and cloud time one after the other, and the way there
 * and back where the cloud has a part. It is a sum over units and tensors, so at any prices of the
 * machines the minimum cut is the best of all cuts, however many there are.
 */
import { cheapestSet } from '../../cuts/cheapest-set.js';
import type { DeviceSet } from '../../problem/device-sets.js';
import type { Node } from '../../problem/graph.js';
import { type PricedFrame, type Sending, sendingsOf } from '../../problem/priced-frame.js';
import { bytesOf } from '../paced/limits.js';

/** Prices of a ms of device, own link and one worker, of a byte, and of a ms of the way there and back. */
export interface CutPrices {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly cloudMs: number;
  readonly byte: number;
  readonly wayMs: number;
}

/** What one frame asks of every machine. */
export interface FrameLoads {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly cloudMs: number;
  readonly bytes: number;
  /** The way there and back; 0 where the cloud has no part. */
  readonly wayMs: number;
}

/** A cut with its encodings and loads. */
export interface SharedCut extends FrameLoads {
  readonly set: DeviceSet;
  readonly sendings: ReadonlyMap<Node, Sending>;
}

/** Loads at some prices. */
export function pricedLoads(loads: FrameLoads, prices: CutPrices): number {
  return (
    prices.deviceMs * loads.deviceMs +
    prices.linkMs * loads.linkMs +
    prices.cloudMs * loads.cloudMs +
    prices.byte * loads.bytes +
    prices.wayMs * loads.wayMs
  );
}

/** Device, link, cloud and the way there and back, one after the other. */
export function serialTimeMs({ deviceMs, linkMs, cloudMs, wayMs }: FrameLoads): number {
  return deviceMs + linkMs + cloudMs + wayMs;
}

/** The cheapest of all cuts and encodings; `local` is the cut that stays on the device. One minimum cut. */
export function cheapestCut(
  frame: PricedFrame,
  local: SharedCut,
  prices: CutPrices,
): { readonly cut: SharedCut; readonly costMs: number } {
  const { set } = cheapestSet(frame.graph, {
    deviceMs: (node) => prices.deviceMs * node.deviceMs,
    sendMs: (node) => {
      const sending = cheapestSending(frame, node, prices);
      return sending ? sendingPrice(node, sending, prices) : Infinity;
    },
    cloudMs: (node) => prices.cloudMs * node.cloudMs,
  });
  // The way there and back is the same for all cuts but the one that stays on the device.
  const best = [cutOf(frame, set, prices), local].map((cut) => ({
    cut,
    costMs: pricedLoads(cut, prices),
  }));
  return best.reduce((a, b) => (b.costMs < a.costMs ? b : a));
}

/** A device set, each tensor in the encoding that is cheapest at some prices. */
export function cutOf(frame: PricedFrame, set: DeviceSet, prices: CutPrices): SharedCut {
  const sendings = new Map<Node, Sending>();
  for (const { node } of set.cut) {
    const sending = cheapestSending(frame, node, prices);
    if (sending) sendings.set(node, sending);
  }
  return loadedCut(frame, set, sendings);
}

/** A device set with given encodings. */
export function loadedCut(
  frame: PricedFrame,
  set: DeviceSet,
  sendings: ReadonlyMap<Node, Sending>,
): SharedCut {
  let [deviceMs, linkMs, cloudMs, bytes] = [set.deviceMs, 0, set.cloudMs, 0];
  for (const [node, sending] of sendings) {
    deviceMs += sending.encodeMs;
    linkMs += sending.linkMs;
    cloudMs += sending.decodeMs;
    bytes += bytesOf(node, sending);
  }
  const wayMs = set.isLocal ? 0 : frame.latencyMs + frame.returnMs;
  return { set, sendings, deviceMs, linkMs, cloudMs, bytes, wayMs };
}

function cheapestSending(frame: PricedFrame, node: Node, prices: CutPrices): Sending | undefined {
  let best: { sending: Sending; price: number } | undefined;
  for (const sending of sendingsOf(frame, node)) {
    const price = sendingPrice(node, sending, prices);
    if (!best || price < best.price) best = { sending, price };
  }
  return best?.sending;
}

function sendingPrice(node: Node, sending: Sending, prices: CutPrices): number {
  return (
    prices.deviceMs * sending.encodeMs +
    prices.linkMs * sending.linkMs +
    prices.cloudMs * sending.decodeMs +
    prices.byte * bytesOf(node, sending)
  );
}
