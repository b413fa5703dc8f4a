/**
 * One frame's problem: a graph whose transfers have been priced for one link.
 *
 * Strategies answer it with a `Decision`; only the simulator gives a decision times.
 */
import type { Graph, Node } from './graph.js';
import type { Bar, Link } from './problem.js';

/** One allowed way to send a node's output, with the time it costs each machine. */
export interface Sending {
  readonly encoding: string;
  readonly encodeMs: number;
  readonly linkMs: number;
  readonly decodeMs: number;
}

/** The least a node's output costs each machine, and all in a row; infinite where it must not be sent. */
export interface LeastCost {
  readonly encodeMs: number;
  readonly linkMs: number;
  readonly decodeMs: number;
  readonly serialMs: number;
}

/** A graph with its sendings by node index; a node that must not be sent has none. */
export interface PricedFrame {
  readonly graph: Graph;
  readonly sendings: readonly (readonly Sending[])[];
  readonly leastCosts: readonly LeastCost[];
  /** One way to the cloud, from the end of the link time of a tensor. */
  readonly latencyMs: number;
  /** From the end of the cloud's last unit until the device holds the result. */
  readonly returnMs: number;
}

/** A device order and how each node that the cloud reads is sent. */
export interface Decision {
  readonly device: readonly Node[];
  readonly sendings: ReadonlyMap<Node, Sending>;
}

/** One frame to run: what was decided for it and when its input is there. */
export interface ReleasedFrame {
  readonly decision: Decision;
  readonly releaseMs: number;
}

/** One machine busy with one unit of one frame. */
export interface FrameBar extends Bar {
  readonly frame: number;
}

/** Prices every transfer: o + 8 s / (1000 · Mbps) on the link. */
export function pricedFrameOf(graph: Graph, link: Link): PricedFrame {
  const linkMsPerByte = 8 / (1000 * link.uplinkMbps);
  const sendings = graph.nodes.map((node) =>
    node.encodings.map(({ name, bytes, encodeMs, decodeMs }) => ({
      encoding: name,
      encodeMs,
      linkMs: link.perTensorMs + bytes * linkMsPerByte,
      decodeMs,
    })),
  );
  return {
    graph,
    sendings,
    leastCosts: sendings.map(leastCostOf),
    latencyMs: link.latencyMs,
    returnMs: link.latencyMs + (8 * link.resultBytes) / (1000 * link.downlinkMbps),
  };
}

/** The least of every cost over some sendings; infinite where there are none. */
export function leastCostOf(sendings: readonly Sending[]): LeastCost {
  const least = { encodeMs: Infinity, linkMs: Infinity, decodeMs: Infinity, serialMs: Infinity };
  for (const sending of sendings) {
    least.encodeMs = Math.min(least.encodeMs, sending.encodeMs);
    least.linkMs = Math.min(least.linkMs, sending.linkMs);
    least.decodeMs = Math.min(least.decodeMs, sending.decodeMs);
    least.serialMs = Math.min(least.serialMs, serialMs(sending));
  }
  return least;
}

/** The cost of a node that must not be sent. */
const UNSENDABLE = leastCostOf([]);

/** The least that sending a node's output costs. */
export function leastCost(frame: PricedFrame, node: Node): LeastCost {
  return frame.leastCosts[node.index] ?? UNSENDABLE;
}

/** Ways to send a node's output. */
export function sendingsOf(frame: PricedFrame, node: Node): readonly Sending[] {
  return frame.sendings[node.index] ?? [];
}

/** The sending that costs least when nothing overlaps; undefined where none is allowed. */
export function serialSending(frame: PricedFrame, node: Node): Sending | undefined {
  let best: Sending | undefined;
  for (const sending of sendingsOf(frame, node)) {
    if (best === undefined || serialMs(sending) < serialMs(best)) best = sending;
  }
  return best;
}

/** Encode, transfer and decode, one after the other. */
export function serialMs(sending: Sending): number {
  return sending.encodeMs + sending.linkMs + sending.decodeMs;
}
