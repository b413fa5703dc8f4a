/**
 * The device sets that can still beat a known makespan, where there are too many to list them all.
 *
 * Decides node after node in topological order, as the full listing does, but leaves a branch when
 * what is decided already costs too much on some machine. A set that is left out has no order that
 * ends before `belowMs`. The search gives up when it has become too long.
 */
import { type DeviceSet, deviceSet } from './device-sets.js';
import { type Frame, sendingsOf, serialMs } from './frame.js';
import { mayStartInCloud, type Node } from './graph.js';

/** Decisions tried, and nodes in all sets found: what the search may cost, some ten milliseconds. */
const VISITS = 40_000;
const FOUND_NODES = 200_000;

/** All sets worth looking at for makespans below `belowMs`, or undefined when they are too many. */
export function promisingSets(frame: Frame, belowMs: number): DeviceSet[] | undefined {
  return new PromisingSearch(frame, belowMs).run();
}

/** What the decisions so far cost for certain. */
interface Spent {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly cloudMs: number;
}

class PromisingSearch {
  readonly #frame: Frame;
  readonly #nodes: readonly Node[];
  readonly #belowMs: number;
  readonly #members: Uint8Array;
  /** How many cloud nodes read a node's output so far. */
  readonly #readers: Uint16Array;
  readonly #linkMs: Float64Array;
  readonly #serialMs: Float64Array;
  /** Least time from the device's last unit to the end, when some of the frame is in the cloud. */
  readonly #afterDeviceMs: number;
  readonly #afterLinkMs: number;
  readonly #found: Uint8Array[] = [];
  readonly #mostSets: number;
  #visits = 0;

  constructor(frame: Frame, belowMs: number) {
    const { nodes } = frame.graph;
    const least = (
      node: Node,
      cost: (sending: ReturnType<typeof sendingsOf>[number]) => number,
    ): number => Math.min(Infinity, ...sendingsOf(frame, node).map(cost));
    this.#frame = frame;
    this.#nodes = nodes;
    this.#belowMs = belowMs;
    this.#mostSets = FOUND_NODES / nodes.length;
    this.#members = new Uint8Array(nodes.length);
    this.#readers = new Uint16Array(nodes.length);
    this.#linkMs = Float64Array.from(nodes, (node) => least(node, (one) => one.linkMs));
    this.#serialMs = Float64Array.from(nodes, (node) => least(node, serialMs));
    const mayStart = mayStartInCloud(frame.graph);
    this.#afterLinkMs = mayStart ? 0 : frame.latencyMs + frame.returnMs;
    // With one sink, everything on the device is needed by some tensor of the cut.
    const sinks = nodes.filter((node) => node.successors.length === 0).length;
    const leastLinkMs = nodes.reduce(
      (min, node) => Math.min(min, this.#linkMs[node.index] ?? 0),
      Infinity,
    );
    this.#afterDeviceMs = sinks === 1 && !mayStart ? leastLinkMs + this.#afterLinkMs : 0;
  }

  run(): DeviceSet[] | undefined {
    const isDone = this.#visit(0, { deviceMs: 0, linkMs: 0, cloudMs: 0 }, false);
    return isDone ? this.#found.map((members) => deviceSet(this.#frame.graph, members)) : undefined;
  }

  /** False when the search has to be given up. */
  #visit(index: number, spent: Spent, isCut: boolean): boolean {
    const node = this.#nodes[index];
    this.#visits += 1;
    if (this.#visits > VISITS || this.#found.length > this.#mostSets) return false;
    if (!node) {
      this.#found.push(this.#members.slice());
      return true;
    }
    return this.#keep(node, spent, isCut) && (node.isInput || this.#send(node, spent));
  }

  #keep(node: Node, spent: Spent, isCut: boolean): boolean {
    if (!node.predecessors.every((before) => this.#members[before.index] === 1)) return true;
    const deviceMs = spent.deviceMs + node.deviceMs;
    if (deviceMs + (isCut ? this.#afterDeviceMs : 0) >= this.#belowMs) return true;
    this.#members[node.index] = 1;
    const isDone = this.#visit(node.index + 1, { ...spent, deviceMs }, isCut);
    this.#members[node.index] = 0;
    return isDone;
  }

  #send(node: Node, spent: Spent): boolean {
    const { latencyMs, returnMs } = this.#frame;
    const cloudMs = spent.cloudMs + node.cloudMs;
    let { linkMs } = spent;
    let pathMs = 0;
    for (const before of node.predecessors) {
      if (this.#members[before.index] !== 1) continue;
      if (this.#readers[before.index] === 0) linkMs += this.#linkMs[before.index] ?? 0;
      const serial = this.#serialMs[before.index] ?? 0;
      pathMs = Math.max(pathMs, before.headMs + serial + latencyMs + node.cloudMs + returnMs);
    }
    const boundMs = Math.max(
      linkMs + this.#afterLinkMs,
      cloudMs + returnMs,
      pathMs,
      spent.deviceMs + this.#afterDeviceMs,
    );
    if (boundMs >= this.#belowMs) return true;
    this.#count(node, 1);
    const isDone = this.#visit(node.index + 1, { deviceMs: spent.deviceMs, linkMs, cloudMs }, true);
    this.#count(node, -1);
    return isDone;
  }

  #count(node: Node, by: number): void {
    for (const before of node.predecessors) {
      this.#readers[before.index] = (this.#readers[before.index] ?? 0) + by;
    }
  }
}
