/**
 * The device sets that can still beat a known makespan, where there are too many to list them all.
 *
 * Decides node after node in topological order, as the full listing does, but leaves a branch when
 * what is decided already costs too much on some machine. A set that is left out has no order that
 * ends before `belowMs`. The search gives up when it has become too long.
 */
import { type DeviceSet, deviceSet } from '../problem/device-sets.js';
import type { Node } from '../problem/graph.js';
import { leastCost, type PricedFrame } from '../problem/priced-frame.js';
import type { Scope } from './scope.js';

/** Decisions tried, and nodes in all sets found: what the search may cost, some ten milliseconds. */
const VISITS = 40_000;
const FOUND_NODES = 200_000;

/** All sets worth looking at for makespans below `belowMs`, or undefined when they are too many. */
export function promisingSets(frame: PricedFrame, scope: Scope): DeviceSet[] | undefined {
  return new PromisingSearch(frame, scope).run();
}

/** What the decisions so far cost for certain. */
interface Spent {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly cloudMs: number;
}

class PromisingSearch {
  readonly #frame: PricedFrame;
  readonly #nodes: readonly Node[];
  readonly #scope: Scope;
  readonly #members: Uint8Array;
  /** How many cloud nodes read a node's output so far. */
  readonly #readers: Uint16Array;
  /** By node: device and cloud time of this and all later nodes whose side is settled. */
  readonly #settledDeviceMs: Float64Array;
  readonly #settledCloudMs: Float64Array;
  readonly #found: Uint8Array[] = [];
  readonly #maxSets: number;
  #visits = 0;

  constructor(frame: PricedFrame, scope: Scope) {
    const { nodes } = frame.graph;
    this.#frame = frame;
    this.#nodes = nodes;
    this.#scope = scope;
    this.#maxSets = FOUND_NODES / nodes.length;
    this.#members = new Uint8Array(nodes.length);
    this.#readers = new Uint16Array(nodes.length);
    this.#settledDeviceMs = new Float64Array(nodes.length + 1);
    this.#settledCloudMs = new Float64Array(nodes.length + 1);
    for (const node of nodes.toReversed()) {
      const { index } = node;
      this.#settledDeviceMs[index] =
        (this.#settledDeviceMs[index + 1] ?? 0) + (scope.mayBeInCloud(node) ? 0 : node.deviceMs);
      this.#settledCloudMs[index] =
        (this.#settledCloudMs[index + 1] ?? 0) + (scope.mayBeOnDevice(node) ? 0 : node.cloudMs);
    }
  }

  run(): DeviceSet[] | undefined {
    const isDone = this.#visit(0, { deviceMs: 0, linkMs: 0, cloudMs: 0 }, false);
    return isDone ? this.#found.map((members) => deviceSet(this.#frame.graph, members)) : undefined;
  }

  /** False when the search must end without an answer. */
  #visit(index: number, spent: Spent, isCut: boolean): boolean {
    const node = this.#nodes[index];
    this.#visits += 1;
    if (this.#visits > VISITS || this.#found.length > this.#maxSets) return false;
    if (!node) {
      this.#found.push(this.#members.slice());
      return true;
    }
    return this.#keep(node, spent, isCut) && (node.isInput || this.#send(node, spent));
  }

  #keep(node: Node, spent: Spent, isCut: boolean): boolean {
    if (!this.#scope.mayBeOnDevice(node)) return true;
    if (!node.predecessors.every((before) => this.#members[before.index] === 1)) return true;
    const deviceMs = spent.deviceMs + node.deviceMs;
    const next = { deviceMs, linkMs: spent.linkMs, cloudMs: spent.cloudMs };
    if (this.#boundMs(node.index + 1, next, isCut) >= this.#scope.belowMs) return true;
    this.#members[node.index] = 1;
    const isDone = this.#visit(node.index + 1, next, isCut);
    this.#members[node.index] = 0;
    return isDone;
  }

  #send(node: Node, spent: Spent): boolean {
    if (!this.#scope.mayBeInCloud(node)) return true;
    let { linkMs } = spent;
    for (const before of node.predecessors) {
      if (this.#members[before.index] !== 1) continue;
      if (!this.#scope.mayBeCut(before, node)) return true;
      if (this.#readers[before.index] === 0) linkMs += leastCost(this.#frame, before).linkMs;
    }
    const next = { deviceMs: spent.deviceMs, linkMs, cloudMs: spent.cloudMs + node.cloudMs };
    if (this.#boundMs(node.index + 1, next, true) >= this.#scope.belowMs) return true;
    this.#count(node, 1);
    const isDone = this.#visit(node.index + 1, next, true);
    this.#count(node, -1);
    return isDone;
  }

  /** No set with these decisions on the nodes before `index` has an order that ends before. */
  #boundMs(index: number, { deviceMs, linkMs, cloudMs }: Spent, isCut: boolean): number {
    const [deviceMarginMs, linkMarginMs, cloudMarginMs] = this.#scope.marginsMs;
    const wholeDeviceMs = deviceMs + (this.#settledDeviceMs[index] ?? 0);
    if (!isCut) return wholeDeviceMs;
    return Math.max(
      wholeDeviceMs + deviceMarginMs,
      linkMs + linkMarginMs,
      cloudMs + (this.#settledCloudMs[index] ?? 0) + cloudMarginMs,
    );
  }

  #count(node: Node, by: number): void {
    for (const before of node.predecessors) {
      this.#readers[before.index] = (this.#readers[before.index] ?? 0) + by;
    }
  }
}
