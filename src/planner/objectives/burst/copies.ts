/**
 * A small burst solved exactly: n frames at once are one frame of n copies of the network.
 *
 * Cuts may then differ from frame to frame and the device may interleave frames; the exact strategy
 * proves the result. Only while the copies have few device sets, which grow like sets^n.
 */
import { type Candidates, candidatesOf, prepare } from '../../cuts/candidates.js';
import { type Graph, graphOf, type Node } from '../../problem/graph.js';
import type { Decision, PricedFrame, Sending } from '../../problem/priced-frame.js';
import { exact } from '../../schedule/exact.js';

/** Device sets and nodes the copies may have. */
const SETS = 10_000;
const NODES = 1_000;

/** The decisions of all frames, the device's turns among them, and what was proven. */
export interface CopiesDecision {
  readonly decisions: readonly Decision[];
  readonly turns: readonly number[];
  readonly lowerBoundMs: number;
}

interface Origin {
  readonly copy: number;
  readonly node: Node;
}

/** Solves a burst of `frames` frames, or undefined where that is out of reach. */
export function solveCopies(
  frame: PricedFrame,
  { ranked, isComplete }: Candidates,
  frames: number,
): CopiesDecision | undefined {
  if (!isComplete || ranked.length ** frames > SETS) return undefined;
  if (frame.graph.nodes.length * frames > NODES) return undefined;
  const { graph, origins } = copiesOf(frame.graph, frames);
  const placeOf = (node: Node): number => origins.get(node)?.node.index ?? -1;
  const copies: PricedFrame = {
    ...frame,
    graph,
    sendings: graph.nodes.map((node) => frame.sendings[placeOf(node)] ?? []),
    leastCosts: graph.nodes.flatMap((node) => frame.leastCosts[placeOf(node)] ?? []),
  };
  const answer = exact(copies, candidatesOf(copies, prepare(graph)));
  if (answer.kind === 'infeasible') return undefined;
  const { decision, lowerBoundMs = 0 } = answer;
  const steps = decision.device.flatMap((node) => {
    const origin = origins.get(node);
    return origin ? [{ ...origin, sending: decision.sendings.get(node) }] : [];
  });
  const decisions = Array.from({ length: frames }, (_, copy): Decision => {
    const own = steps.filter((step) => step.copy === copy);
    const sendings = new Map<Node, Sending>();
    for (const { node, sending } of own) if (sending) sendings.set(node, sending);
    return { device: own.map((step) => step.node), sendings };
  });
  return { decisions, turns: steps.map((step) => step.copy), lowerBoundMs };
}

function copiesOf(
  { nodes }: Graph,
  frames: number,
): { graph: Graph; origins: ReadonlyMap<Node, Origin> } {
  const origins = new Map<string, Origin>();
  const units = [];
  const edges: [string, string][] = [];
  for (let copy = 0; copy < frames; copy++) {
    for (const node of nodes) {
      const id = `${copy}:${node.id}`;
      origins.set(id, { copy, node });
      const { deviceMs, cloudMs, encodings } = node;
      units.push({ id, deviceMs, cloudMs, outputBytes: 0, encodings });
      for (const reader of node.successors) edges.push([id, `${copy}:${reader.id}`]);
    }
  }
  const graph = graphOf({ units, edges });
  const byNode = new Map<Node, Origin>();
  for (const node of graph.nodes) {
    const origin = origins.get(node.id);
    if (origin) byNode.set(node, origin);
  }
  return { graph, origins: byNode };
}
