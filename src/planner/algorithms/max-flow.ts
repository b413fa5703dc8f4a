/**
 * Maximum flow and minimum s-t cut by blocking flows (Dinic 1970).
 *
 * Real capacities: each augmentation empties one arc exactly, so it ends. O(V² E), in practice near
 * linear on the networks of this project. Arcs lie in flat arrays, an arc and its reverse side by
 * side. Deterministic: arcs are tried in a fixed order.
 */

/** A flow network over vertices 0 … size − 1. */
export class FlowNetwork {
  readonly #size: number;
  /** By vertex: its newest arc; by arc: the vertex's arc before it, or −1. */
  readonly #newest: Int32Array;
  readonly #older: Int32Array;
  readonly #to: Int32Array;
  readonly #capacity: Float64Array;
  #arcs = 0;

  constructor(size: number, maxArcs: number) {
    this.#size = size;
    this.#newest = new Int32Array(size).fill(-1);
    this.#older = new Int32Array(2 * maxArcs);
    this.#to = new Int32Array(2 * maxArcs);
    this.#capacity = new Float64Array(2 * maxArcs);
  }

  /** Adds an arc; an infinite capacity makes it uncuttable. */
  connect(from: number, to: number, capacity: number): void {
    if (capacity === 0) return;
    if (this.#arcs === this.#to.length) throw new RangeError('more arcs than announced');
    this.#add(from, to, capacity);
    this.#add(to, from, 0);
  }

  #add(from: number, to: number, capacity: number): void {
    const arc = this.#arcs;
    this.#to[arc] = to;
    this.#capacity[arc] = capacity;
    this.#older[arc] = this.#newest[from] ?? -1;
    this.#newest[from] = arc;
    this.#arcs += 1;
  }

  /** Pushes a maximum flow; returns 1 for every vertex on the source's side of the cut. */
  minimumCut(source: number, sink: number): Uint8Array {
    const levels = new Int32Array(this.#size);
    const queue = new Int32Array(this.#size);
    for (;;) {
      this.#level(source, levels, queue);
      if (levels[sink] === -1) break;
      this.#block(source, sink, levels);
    }
    const isReached = new Uint8Array(this.#size);
    for (let vertex = 0; vertex < this.#size; vertex++) {
      if ((levels[vertex] ?? -1) >= 0) isReached[vertex] = 1;
    }
    return isReached;
  }

  /** Distances from the source over arcs with capacity left; −1 where there is no way. */
  #level(source: number, levels: Int32Array, queue: Int32Array): void {
    levels.fill(-1);
    levels[source] = 0;
    queue[0] = source;
    let length = 1;
    for (let i = 0; i < length; i++) {
      const vertex = queue[i] ?? 0;
      const next = (levels[vertex] ?? 0) + 1;
      for (let arc = this.#newest[vertex] ?? -1; arc >= 0; arc = this.#older[arc] ?? -1) {
        const to = this.#to[arc] ?? 0;
        if (levels[to] !== -1 || (this.#capacity[arc] ?? 0) <= 0) continue;
        levels[to] = next;
        queue[length] = to;
        length += 1;
      }
    }
  }

  /** Path after path along rising levels, without recursion so that long networks fit. */
  #block(source: number, sink: number, levels: Int32Array): void {
    const current = this.#newest.slice();
    const path: number[] = [];
    let at = source;
    for (;;) {
      if (at === sink) at = this.#push(path);
      const arc = this.#risingArc(at, current, levels);
      if (arc >= 0) {
        path.push(arc);
        at = this.#to[arc] ?? source;
        continue;
      }
      const last = path.pop();
      if (last === undefined) return;
      at = this.#to[last ^ 1] ?? source;
      current[at] = this.#older[last] ?? -1;
    }
  }

  /** The first arc not yet given up that leads one level on; −1 if there is none. */
  #risingArc(at: number, current: Int32Array, levels: Int32Array): number {
    const next = (levels[at] ?? 0) + 1;
    let arc = current[at] ?? -1;
    while (arc >= 0 && ((this.#capacity[arc] ?? 0) <= 0 || levels[this.#to[arc] ?? 0] !== next)) {
      arc = this.#older[arc] ?? -1;
    }
    current[at] = arc;
    return arc;
  }

  /** Sends what fits along a path, shortens it to before the first full arc, returns its new end. */
  #push(path: number[]): number {
    let amount = Infinity;
    for (const arc of path) amount = Math.min(amount, this.#capacity[arc] ?? 0);
    let firstFull = path.length;
    for (const [i, arc] of path.entries()) {
      const left = (this.#capacity[arc] ?? 0) - amount;
      this.#capacity[arc] = left;
      this.#capacity[arc ^ 1] = (this.#capacity[arc ^ 1] ?? 0) + amount;
      if (left <= 0 && i < firstFull) firstFull = i;
    }
    const full = path[firstFull] ?? 0;
    path.length = firstFull;
    return this.#to[full ^ 1] ?? 0;
  }
}
