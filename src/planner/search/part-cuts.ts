/**
 * The cuts of one of several independent parts, with what each asks of the machines at least.
 *
 * Several equal parts are one `Part` with several copies. Everything that follows from the network
 * alone is memorised; a link only prices the tensors.
 */

import type { Loads } from '../algorithms/mixed-game.js';
import { prepare } from '../cuts/candidates.js';
import { type OrderProblem, orderProblemOf } from '../order/jobs.js';
import { componentsOf } from '../problem/components.js';
import type { DeviceSet } from '../problem/device-sets.js';
import type { Graph, Node } from '../problem/graph.js';
import { leastCost, type PricedFrame, sendingsOf } from '../problem/priced-frame.js';

/** One cut of a part that sends something. */
export interface PartCut {
  /** Its place among all device sets of the part. */
  readonly id: number;
  readonly set: DeviceSet;
  /** Least load of device, link and cloud over all encodings. */
  readonly loads: Loads;
  /** Least device time before the first tensor is ready, and least link time of any tensor. */
  readonly headMs: number;
  readonly linkMs: number;
  /** Least cloud time from the arrival of a tensor until the cloud is done with what needs it. */
  readonly tailMs: number;
}

/** Equal parts of a network. */
export interface Part {
  /** A frame of this part alone. */
  readonly frame: PricedFrame;
  readonly copies: readonly (readonly Node[])[];
  /** Device time of a part that stays on the device. */
  readonly localMs: number;
  readonly cuts: readonly PartCut[];
}

/** Max parts. */
const PARTS = 64;

/**
 * The parts of a network that consists of two or more; undefined for other networks, for parts with
 * too many device sets, and where units without predecessors may run in the cloud.
 */
export function partsOf(frame: PricedFrame): Part[] | undefined {
  const { graph } = frame;
  if (graph.mayStartInCloud) return undefined;
  const components = componentsOf(graph);
  const count = components.reduce((sum, { copies }) => sum + copies.length, 0);
  if (count < 2 || count > PARTS) return undefined;
  const parts: Part[] = [];
  for (const { graph: part, copies } of components) {
    const { sets } = prepare(part);
    if (!sets) return undefined;
    parts.push(partOf(frame, part, sets, copies));
  }
  return parts;
}

/** A part that has the given device sets. */
export function partOf(
  frame: PricedFrame,
  graph: Graph,
  sets: readonly DeviceSet[],
  copies: Part['copies'],
): Part {
  const [nodes = []] = copies;
  const own: PricedFrame = {
    ...frame,
    graph,
    sendings: nodes.map((node) => sendingsOf(frame, node)),
    leastCosts: nodes.map((node) => leastCost(frame, node)),
  };
  return {
    frame: own,
    copies,
    localMs: graph.nodes.reduce((sum, node) => sum + node.deviceMs, 0),
    cuts: withoutDominated(
      own,
      sets.flatMap((set, id) => (set.isLocal ? [] : (cutOf(own, set, id) ?? []))),
    ),
  };
}

/** Undefined where a tensor of the cut must not be sent. */
function cutOf(frame: PricedFrame, set: DeviceSet, id: number): PartCut | undefined {
  let [deviceMs, linksMs, cloudMs] = [set.deviceMs, 0, set.cloudMs];
  let [headMs, linkMs, tailMs] = [Infinity, Infinity, Infinity];
  for (const tensor of set.cut) {
    const cost = leastCost(frame, tensor.node);
    if (cost.serialMs === Infinity) return undefined;
    deviceMs += cost.encodeMs;
    linksMs += cost.linkMs;
    cloudMs += cost.decodeMs;
    headMs = Math.min(headMs, tensor.node.headMs + cost.encodeMs);
    linkMs = Math.min(linkMs, cost.linkMs);
    tailMs = Math.min(tailMs, cost.decodeMs + tensor.tailMs);
  }
  return { id, set, loads: [deviceMs, linksMs, cloudMs], headMs, linkMs, tailMs };
}

/**
 * Leaves out cuts that another can stand in for in every schedule: one that sends a single tensor
 * in its only encoding. It is ready no later than some tensor of the other cut, is on the link no
 * longer, and has no more cloud work than what waits for that tensor. Of equal cuts the first stays.
 */
function withoutDominated(frame: PricedFrame, cuts: readonly PartCut[]): PartCut[] {
  const singles = cuts.filter(
    ({ set: { cut } }) => cut.length === 1 && cut[0]?.node.encodings.length === 1,
  );
  const isBeaten = (cut: PartCut, place: number): boolean =>
    singles.some(
      (single) =>
        single !== cut &&
        standsIn(frame, single, cut) &&
        !(singles.includes(cut) && standsIn(frame, cut, single) && place < cuts.indexOf(single)),
    );
  return cuts.filter((cut, place) => !isBeaten(cut, place));
}

function standsIn(frame: PricedFrame, single: PartCut, cut: PartCut): boolean {
  const [deviceMs, linkMs, cloudMs] = single.loads;
  if (deviceMs > cut.loads[0]) return false;
  return cut.set.cut.some(({ node, tailMs }) => {
    const cost = leastCost(frame, node);
    return (
      single.headMs <= node.headMs + cost.encodeMs &&
      linkMs <= cost.linkMs &&
      cloudMs <= cost.decodeMs + tailMs
    );
  });
}

const known = new WeakMap<PartCut, OrderProblem>();

/** The jobs of a cut; memorised, because few cuts of a part are ever ordered. */
export function jobsOf({ frame }: Part, cut: PartCut): OrderProblem {
  const before = known.get(cut);
  if (before) return before;
  const made = orderProblemOf(frame, cut.set);
  known.set(cut, made);
  return made;
}
