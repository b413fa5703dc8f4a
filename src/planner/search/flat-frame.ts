/**
 * A priced frame in flat arrays, for searches that execute thousands of schedules of it.
 *
 * A `FlatPlan` says which nodes are on the device, which tensors come first, and how each is sent.
 * Its makespan takes O(V + E): before every tensor the device runs what is missing for it; what no
 * tensor needs runs last; link and cloud are as docs/planner.md defines. The simulator gives the
 * same time for the decision that stands for it.
 */
import type { Node } from '../problem/graph.js';
import {
  type Decision,
  type PricedFrame,
  type Sending,
  sendingsOf,
  serialSending,
} from '../problem/priced-frame.js';

/** Sides, the order of tensors and their encodings, all by node index. */
export interface FlatPlan {
  /** 1 where the node is on the device; closed under predecessors, with every input. */
  readonly side: Uint8Array;
  /** All nodes, those whose tensors come first in front. */
  readonly rank: Int32Array;
  /** By node: the place of its sending. */
  readonly sending: Uint8Array;
}

/** Neighbours of all nodes in one array: those of node n from `starts[n]` to before `starts[n + 1]`. */
export interface Neighbours {
  readonly starts: Int32Array;
  readonly nodes: Int32Array;
}

/** Executes plans of one frame, one after the other. */
export class FlatFrame {
  readonly nodes: readonly Node[];
  readonly before: Neighbours;
  readonly after: Neighbours;
  readonly #frame: PricedFrame;
  readonly #deviceMs: Float64Array;
  readonly #cloudMs: Float64Array;
  readonly #ways: readonly (readonly Sending[])[];
  readonly #isRun: Uint8Array;
  readonly #isSent: Uint8Array;
  readonly #missing: Int32Array;
  /** Nodes a walk is at, on the device and in the cloud. */
  readonly #path: Int32Array;
  readonly #stack: Int32Array;
  /** Device order of the plan executed last. */
  readonly #order: Int32Array;
  #ordered = 0;
  #nowMs = 0;
  #linkMs = 0;
  #cloudEndMs = 0;

  constructor(frame: PricedFrame) {
    const { nodes } = frame.graph;
    this.nodes = nodes;
    this.before = neighboursOf(nodes, (node) => node.predecessors);
    this.after = neighboursOf(nodes, (node) => node.successors);
    this.#frame = frame;
    this.#deviceMs = Float64Array.from(nodes, (node) => node.deviceMs);
    this.#cloudMs = Float64Array.from(nodes, (node) => node.cloudMs);
    this.#ways = nodes.map((node) => sendingsOf(frame, node));
    this.#isRun = new Uint8Array(nodes.length);
    this.#isSent = new Uint8Array(nodes.length);
    this.#missing = new Int32Array(nodes.length);
    this.#path = new Int32Array(nodes.length);
    this.#stack = new Int32Array(nodes.length);
    this.#order = new Int32Array(nodes.length);
  }

  /** The plan of a decision: nodes in the cloud rank last, each in its least serial encoding. */
  planOf({ device, sendings }: Decision): FlatPlan {
    const side = new Uint8Array(this.nodes.length);
    for (const { index } of device) side[index] = 1;
    const inCloud = this.nodes.filter(({ index }) => side[index] === 0);
    const sending = Uint8Array.from(this.nodes, (node, index) => {
      const chosen = sendings.get(node) ?? serialSending(this.#frame, node);
      const place = this.#ways[index]?.findIndex(({ encoding }) => encoding === chosen?.encoding);
      return Math.max(0, place ?? 0);
    });
    return { side, rank: Int32Array.from([...device, ...inCloud], ({ index }) => index), sending };
  }

  /** How many ways there are to send a node's output. */
  waysOf(node: number): number {
    return this.#ways[node]?.length ?? 0;
  }

  /** Whether a node on the device is read in the cloud. */
  isCut({ side }: FlatPlan, node: number): boolean {
    if (side[node] !== 1) return false;
    const { starts, nodes } = this.after;
    for (let i = starts[node] ?? 0; i < (starts[node + 1] ?? 0); i++) {
      if (side[nodes[i] ?? 0] !== 1) return true;
    }
    return false;
  }

  /** Infinite where a tensor must not be sent. */
  makespanMs(plan: FlatPlan): number {
    const { rank, side } = plan;
    this.#start(plan);
    for (let i = 0; i < rank.length; i++) {
      const node = rank[i] ?? 0;
      if (this.#isSent[node] === 1 && this.#isRun[node] === 0) this.#runUpTo(node, plan);
    }
    for (let i = 0; i < rank.length; i++) {
      const node = rank[i] ?? 0;
      if (side[node] === 1 && this.#isRun[node] === 0) this.#runUpTo(node, plan);
    }
    const isLocal = this.#ordered === rank.length;
    return isLocal ? this.#nowMs : Math.max(this.#nowMs, this.#cloudEndMs + this.#frame.returnMs);
  }

  /** The decision that stands for a plan. */
  decisionOf(plan: FlatPlan): Decision {
    this.makespanMs(plan);
    const device: Node[] = [];
    const sendings = new Map<Node, Sending>();
    for (const index of this.#order.subarray(0, this.#ordered)) {
      const node = this.nodes[index];
      if (!node) continue;
      device.push(node);
      const way = this.#ways[index]?.[plan.sending[index] ?? 0];
      if (this.#isSent[index] === 1 && way) sendings.set(node, way);
    }
    return { device, sendings };
  }

  #start(plan: FlatPlan): void {
    const { starts } = this.before;
    this.#ordered = 0;
    this.#nowMs = 0;
    this.#linkMs = 0;
    this.#cloudEndMs = 0;
    this.#isRun.fill(0);
    for (let node = 0; node < this.nodes.length; node++) {
      this.#isSent[node] = this.isCut(plan, node) ? 1 : 0;
      this.#missing[node] = (starts[node + 1] ?? 0) - (starts[node] ?? 0);
    }
    for (let node = 0; node < this.nodes.length; node++) {
      if (plan.side[node] === 1 || starts[node + 1] !== starts[node]) continue;
      this.#cloudEndMs += this.#cloudMs[node] ?? 0;
      this.#release(node, plan);
    }
  }

  /** Runs a node on the device after all that it still needs. */
  #runUpTo(node: number, plan: FlatPlan): void {
    const { starts, nodes } = this.before;
    this.#path[0] = node;
    for (let top = 0; top >= 0; ) {
      const next = this.#path[top] ?? 0;
      let i = starts[next] ?? 0;
      const end = starts[next + 1] ?? 0;
      while (i < end && this.#isRun[nodes[i] ?? 0] === 1) i += 1;
      if (i < end) {
        top += 1;
        this.#path[top] = nodes[i] ?? 0;
        continue;
      }
      this.#run(next, plan);
      top -= 1;
    }
  }

  #run(node: number, plan: FlatPlan): void {
    this.#isRun[node] = 1;
    this.#order[this.#ordered] = node;
    this.#ordered += 1;
    this.#nowMs += this.#deviceMs[node] ?? 0;
    if (this.#isSent[node] === 0) return;
    const way = this.#ways[node]?.[plan.sending[node] ?? 0];
    this.#nowMs += way?.encodeMs ?? Infinity;
    this.#linkMs = Math.max(this.#linkMs, this.#nowMs) + (way?.linkMs ?? 0);
    const arrivalMs = this.#linkMs + this.#frame.latencyMs;
    this.#cloudEndMs = Math.max(this.#cloudEndMs, arrivalMs) + (way?.decodeMs ?? 0);
    this.#release(node, plan);
  }

  /** The cloud runs all that needs nothing more once a node's output is there. */
  #release(done: number, { side }: FlatPlan): void {
    const { starts, nodes } = this.after;
    this.#stack[0] = done;
    for (let top = 0; top >= 0; ) {
      const node = this.#stack[top] ?? 0;
      top -= 1;
      for (let i = starts[node] ?? 0; i < (starts[node + 1] ?? 0); i++) {
        const reader = nodes[i] ?? 0;
        if (side[reader] === 1) continue;
        const left = (this.#missing[reader] ?? 0) - 1;
        this.#missing[reader] = left;
        if (left > 0) continue;
        this.#cloudEndMs += this.#cloudMs[reader] ?? 0;
        top += 1;
        this.#stack[top] = reader;
      }
    }
  }
}

function neighboursOf(nodes: readonly Node[], nearOf: (node: Node) => readonly Node[]): Neighbours {
  const starts = new Int32Array(nodes.length + 1);
  for (const node of nodes) {
    starts[node.index + 1] = (starts[node.index] ?? 0) + nearOf(node).length;
  }
  return { starts, nodes: Int32Array.from(nodes.flatMap(nearOf), ({ index }) => index) };
}
