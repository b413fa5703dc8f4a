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
import { CLOUD, DEVICE } from './side-bounds.js';

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
  /** Whether some node is in the cloud. */
  readonly isCut: boolean;
}

/** Neither side was tried for a node yet. */
const NONE = 0;

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
  /** By node: the last side tried, and whether its readers are counted as in the cloud. */
  readonly #tried: Uint8Array;
  readonly #isSent: Uint8Array;
  /** By node: what the decisions before it cost. */
  readonly #spent: (Spent | undefined)[];
  readonly #found: Uint8Array[] = [];
  readonly #maxSets: number;

  constructor(frame: PricedFrame, scope: Scope) {
    const { nodes } = frame.graph;
    this.#frame = frame;
    this.#nodes = nodes;
    this.#scope = scope;
    this.#maxSets = FOUND_NODES / nodes.length;
    this.#members = new Uint8Array(nodes.length);
    this.#readers = new Uint16Array(nodes.length);
    this.#tried = new Uint8Array(nodes.length + 1);
    this.#isSent = new Uint8Array(nodes.length);
    this.#spent = Array.from({ length: nodes.length + 1 });
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

  /** Depth first; where a node has no side left, the one before it gets its next. */
  run(): DeviceSet[] | undefined {
    this.#spent[0] = { deviceMs: 0, linkMs: 0, cloudMs: 0, isCut: false };
    let visits = 1;
    for (let index = 0; index >= 0; ) {
      const node = this.#nodes[index];
      const isDecided = node !== undefined && this.#decide(node);
      if (node === undefined) this.#found.push(this.#members.slice());
      index += isDecided ? 1 : -1;
      if (!isDecided) continue;
      this.#tried[index] = NONE;
      visits += 1;
      if (visits > VISITS || this.#found.length > this.#maxSets) return undefined;
    }
    return this.#found.map((members) => deviceSet(this.#frame.graph, members));
  }

  /** Puts a node on its next side that could still win; false when there is none. */
  #decide(node: Node): boolean {
    const { index } = node;
    const spent = this.#spent[index];
    if (!spent) return false;
    if (this.#tried[index] === NONE) {
      this.#tried[index] = DEVICE;
      if (this.#keep(node, spent)) return true;
    }
    this.#members[index] = 0;
    if (this.#tried[index] === DEVICE && !node.isInput) {
      this.#tried[index] = CLOUD;
      if (this.#send(node, spent)) return true;
    }
    if (this.#isSent[index] === 1) this.#count(node, -1);
    this.#isSent[index] = 0;
    return false;
  }

  #keep(node: Node, spent: Spent): boolean {
    if (!this.#scope.mayBeOnDevice(node)) return false;
    if (!node.predecessors.every((before) => this.#members[before.index] === 1)) return false;
    const next = { ...spent, deviceMs: spent.deviceMs + node.deviceMs };
    if (this.#boundMs(node.index + 1, next) >= this.#scope.belowMs) return false;
    this.#members[node.index] = 1;
    this.#spent[node.index + 1] = next;
    return true;
  }

  #send(node: Node, spent: Spent): boolean {
    if (!this.#scope.mayBeInCloud(node)) return false;
    let { linkMs } = spent;
    for (const before of node.predecessors) {
      if (this.#members[before.index] !== 1) continue;
      if (!this.#scope.mayBeCut(before, node)) return false;
      if (this.#readers[before.index] === 0) linkMs += leastCost(this.#frame, before).linkMs;
    }
    const { deviceMs } = spent;
    const next = { deviceMs, linkMs, cloudMs: spent.cloudMs + node.cloudMs, isCut: true };
    if (this.#boundMs(node.index + 1, next) >= this.#scope.belowMs) return false;
    this.#count(node, 1);
    this.#isSent[node.index] = 1;
    this.#spent[node.index + 1] = next;
    return true;
  }

  /** No set with these decisions on the nodes before `index` has an order that ends before. */
  #boundMs(index: number, { deviceMs, linkMs, cloudMs, isCut }: Spent): number {
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
