/**
 * Bursts whose frames may interleave in any way: n frames are n equal parts of one network
 * (search/part-search.ts), and which of them comes first does not matter.
 *
 * With several workers the cloud is `workers` times as fast, and no frame ends before a worker of its
 * own would end it. Both hold for every burst, so this is a bound; what is found ends as the simulator
 * says.
 */

import { type DeviceSet, deviceSet } from '../../problem/device-sets.js';
import { type Graph, graphOf, type Node } from '../../problem/graph.js';
import {
  type Decision,
  leastCostOf,
  type PricedFrame,
  type Sending,
  sendingsOf,
} from '../../problem/priced-frame.js';
import { decisionOf, nearest } from '../../search/joint-parts.js';
import { type Part, partOf } from '../../search/part-cuts.js';
import { partsBelow, pricesOf } from '../../search/part-prices.js';
import { searchParts } from '../../search/part-search.js';
import type { Size } from './burst-search.js';
import { burstOf, type Origin } from './copies.js';
import { startBelowMs } from './first-tensors.js';
import type { BurstDecision } from './judge.js';

/** Frames that may interleave. */
const FRAMES = 32;
/** Labels of a search for a good burst, and those that go on at a time. */
const FIRST = { labels: 10_000, beam: 24 };
/** Labels of a proof, and frames with which one is tried. */
const PROOF = { labels: 40_000, beam: Infinity };
const PROOF_FRAMES = 8;

/** What was proven, at most the given end, and a burst that may end before it. */
export interface Interleaved {
  readonly boundMs: number;
  readonly option?: BurstDecision;
}

/** The interleaved bursts of one frame; none where they are many, or cloud work needs no tensor. */
export class Interleaving {
  readonly #frame: PricedFrame;
  /** The frame as one worker that does all serves it. */
  readonly #served: PricedFrame;
  readonly #size: Size;
  readonly #origins = new Map<Node, Origin>();
  readonly #part: Part | undefined;

  constructor(frame: PricedFrame, sets: readonly DeviceSet[], size: Size) {
    const { graph } = frame;
    const isOne = size.workers === 1;
    this.#frame = frame;
    this.#size = size;
    this.#served = isOne ? frame : fasterCloud(frame, size.workers);
    if (graph.mayStartInCloud || size.frames > FRAMES) return;
    const own = this.#served.graph;
    const copies = Array.from({ length: size.frames }, (_, i) => copyOf(graph, i, this.#origins));
    const served = isOne ? sets : sets.map(({ members }) => deviceSet(own, members));
    this.#part = partOf(this.#served, own, served, copies);
  }

  /** A good burst that may end before `belowMs`, of the cuts that cost least. */
  first(belowMs: number): BurstDecision | undefined {
    const parts = this.#below(belowMs);
    if (parts.length === 0) return undefined;
    const met = pricesOf(this.#served, parts);
    const few = parts.map((part, i) => ({ ...part, cuts: nearest(part, i, met) }));
    return this.#search(few, belowMs, FIRST).option;
  }

  /** Searches all bursts that end before `belowMs`, where there are few frames. */
  all(belowMs: number): Interleaved {
    if (this.#size.frames > PROOF_FRAMES) return { boundMs: 0 };
    return this.#search(this.#below(belowMs), belowMs, PROOF);
  }

  #below(belowMs: number): Part[] {
    if (!this.#part) return [];
    const parts = [this.#part];
    return partsBelow(parts, pricesOf(this.#served, parts), belowMs);
  }

  #search(parts: readonly Part[], belowMs: number, limits: typeof FIRST): Interleaved {
    const [part] = parts;
    if (!part) return { boundMs: 0 };
    const { frames, workers } = this.#size;
    const met = pricesOf(this.#served, parts);
    const startMs = workers > 1 ? startBelowMs(this.#frame, this.#size, belowMs) : 0;
    const all = { ...limits, workers, startMs };
    const found = searchParts(this.#served, parts, met, belowMs, all);
    // Cuts left out cannot end before `belowMs`, so what the prices prove holds up to there.
    const provenMs = met.reduce((most, one) => Math.max(most, one.boundMs), found.boundMs);
    const boundMs = Math.min(belowMs, provenMs, frames * part.localMs);
    if (!found.label) return { boundMs };
    const decision = withSendingsOf(this.#frame, decisionOf(parts, found.label));
    return { boundMs, option: burstOf(decision, frames, this.#origins) };
  }
}

/** The same decision, with what sending costs where the cloud is as fast as it is. */
function withSendingsOf(frame: PricedFrame, { device, sendings }: Decision): Decision {
  const own = new Map<Node, Sending>();
  for (const [node, { encoding }] of sendings) {
    const sending = sendingsOf(frame, node).find((one) => one.encoding === encoding);
    if (sending) own.set(node, sending);
  }
  return { device, sendings: own };
}

/** Nodes that stand for those of one frame. */
function copyOf({ nodes }: Graph, copy: number, origins: Map<Node, Origin>): Node[] {
  return nodes.map((node) => {
    const made = { ...node };
    origins.set(made, { copy, node });
    return made;
  });
}

/** The same frame with a cloud that is `times` times as fast; its nodes keep their indices. */
function fasterCloud(frame: PricedFrame, times: number): PricedFrame {
  const { nodes } = frame.graph;
  const units = nodes.map(({ id, deviceMs, cloudMs, encodings }) => {
    return { id, deviceMs, cloudMs: cloudMs / times, outputBytes: 0, encodings };
  });
  const edges = nodes.flatMap(({ id, successors }) => successors.map((to) => [id, to.id] as const));
  const sendings = frame.sendings.map((ways) =>
    ways.map((way) => ({ ...way, decodeMs: way.decodeMs / times })),
  );
  const graph = graphOf({ units, edges });
  return { ...frame, graph, sendings, leastCosts: sendings.map(leastCostOf) };
}
