/** What some of a cut's tensors take by themselves, each in its cheapest encoding. */

import { hasBit } from '../../algorithms/bit-set.js';
import { cloudWorkOf } from '../../order/jobs.js';
import type { CutTensor, DeviceSet } from '../../problem/device-sets.js';
import { leastCost, type PricedFrame } from '../../problem/priced-frame.js';

/** One tensor of a cut; times in milliseconds. */
export interface Tensor {
  readonly bit: number;
  readonly linkMs: number;
  /** Cloud work that cannot start before it is there, its decoding included. */
  readonly tailMs: number;
  readonly mayBeLast: boolean;
}

/** A set of tensors of one cut. */
export interface TensorSubset {
  /** Device time of the tensors and of all that they need. */
  readonly deviceMs: number;
  readonly linkMs: number;
  /** Cloud work for which these tensors suffice; none that waits for no tensor. */
  readonly workMs: number;
}

/** The tensors of a cut, and all their subsets by bits. */
export interface TensorSubsets {
  readonly tensors: readonly Tensor[];
  readonly subsets: readonly TensorSubset[];
}

/** All subsets of the tensors of a cut that has few. O(V · 2^tensors) */
export function tensorSubsets(frame: PricedFrame, set: DeviceSet): TensorSubsets {
  const tensors = set.cut.map((tensor, i) => tensorOf(frame, tensor, 1 << i));
  const device = deviceNeeds(frame, set);
  const cloud = cloudNeeds(frame, set);
  const subsets = Array.from({ length: 1 << tensors.length }, (_, subset): TensorSubset => {
    let [deviceMs, linkMs, workMs] = [0, 0, 0];
    for (const { bits: leadsTo, ms } of device) if ((leadsTo & subset) !== 0) deviceMs += ms;
    for (const { bits: needs, ms } of cloud) if ((needs & ~subset) === 0) workMs += ms;
    for (const [i, { node }] of set.cut.entries()) {
      if ((subset & (1 << i)) === 0) continue;
      const cost = leastCost(frame, node);
      deviceMs += cost.encodeMs;
      linkMs += cost.linkMs;
      workMs += cost.decodeMs;
    }
    return { deviceMs, linkMs, workMs };
  });
  return { tensors, subsets };
}

function tensorOf(frame: PricedFrame, { node, tailMs, mayBeLast }: CutTensor, bit: number): Tensor {
  const { linkMs, decodeMs } = leastCost(frame, node);
  return { bit, linkMs, tailMs: decodeMs + tailMs, mayBeLast };
}

/** Time of a node, and the tensors that it leads to or needs. */
interface Part {
  readonly bits: number;
  readonly ms: number;
}

function deviceNeeds({ graph }: PricedFrame, set: DeviceSet): Part[] {
  return graph.nodes.flatMap((node) => {
    if (set.leads[node.index] !== 1) return [];
    const leadsTo = graph.leadsTo[node.index];
    const bits = set.cut.reduce((sum, { node: tensor }, i) => {
      const isNeeded = tensor === node || (leadsTo !== undefined && hasBit(leadsTo, tensor.index));
      return isNeeded ? sum | (1 << i) : sum;
    }, 0);
    return [{ bits, ms: node.deviceMs }];
  });
}

/** Units of the cloud that wait for some tensor, directly or by other units of the cloud. */
function cloudNeeds(frame: PricedFrame, set: DeviceSet): Part[] {
  const bits = new Map(set.cut.map(({ node }, i) => [node, 1n << BigInt(i)]));
  return cloudWorkOf(frame, set, (node) => bits.get(node) ?? 0n)
    .filter(({ needs }) => needs !== 0n)
    .map(({ needs, cloudMs }) => ({ bits: Number(needs), ms: cloudMs }));
}
