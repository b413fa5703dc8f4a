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
import type { BurstDecision } from './judge.js';

/** Device sets and nodes the copies may have. */
const SETS = 10_000;
const NODES = 1_000;

/** The decisions of all frames, the device's turns among them, and what was proven. */
export interface CopiesDecision extends BurstDecision {
  readonly lowerBoundMs: number;
}

/** Which copy a node belongs to, and the node of the frame that it stands for. */
export interface Origin {
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
  return { ...burstOf(decision, frames, origins), lowerBoundMs };
}

/** The frames of a decision over copies, and the device's turns among them. */
export function burstOf(
  { device, sendings }: Decision,
  frames: number,
  origins: ReadonlyMap<Node, Origin>,
): BurstDecision {
  const steps = device.flatMap((node) => {
    const origin = origins.get(node);
    return origin ? [{ ...origin, sending: sendings.get(node) }] : [];
  });
  const decisions = Array.from({ length: frames }, (_, copy): Decision => {
    const own = steps.filter((step) => step.copy === copy);
    const sent = new Map<Node, Sending>();
    for (const { node, sending } of own) if (sending) sent.set(node, sending);
    return { device: own.map((step) => step.node), sendings: sent };
  });
  return { decisions, turns: steps.map((step) => step.copy) };
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
