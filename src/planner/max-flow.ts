/**
 * Maximum flow and minimum s-t cut by blocking flows (Dinic 1970).
 *
 * Real capacities: each augmentation empties one arc exactly, so it ends. O(V² E), in practice near
 * linear on the networks of this project. Deterministic: arcs are tried in the order they came.
 */

interface Arc {
  readonly to: number;
  capacity: number;
  readonly back: number;
}

/** A flow network over vertices 0 … size − 1. */
export class FlowNetwork {
  readonly #arcs: Arc[][];

  constructor(size: number) {
    this.#arcs = Array.from({ length: size }, () => []);
  }

  /** Adds an arc; an infinite capacity makes it uncuttable. */
  connect(from: number, to: number, capacity: number): void {
    const out = this.#arcs[from];
    const into = this.#arcs[to];
    if (!out || !into) throw new RangeError(`no vertex ${from} or ${to}`);
    out.push({ to, capacity, back: into.length });
    into.push({ to: from, capacity: 0, back: out.length - 1 });
  }

  /** Pushes a maximum flow; returns for every vertex whether it is on the source's side of the cut. */
  minimumCut(source: number, sink: number): boolean[] {
    for (;;) {
      const levels = this.#levels(source);
      if (levels[sink] === -1) return levels.map((level) => level >= 0);
      const next = this.#arcs.map(() => 0);
      while (this.#augment(source, sink, levels, next));
    }
  }

  #levels(source: number): number[] {
    const levels = this.#arcs.map(() => -1);
    levels[source] = 0;
    const queue = [source];
    for (const vertex of queue) {
      for (const { to, capacity } of this.#arcs[vertex] ?? []) {
        if (capacity <= 0 || levels[to] !== -1) continue;
        levels[to] = (levels[vertex] ?? 0) + 1;
        queue.push(to);
      }
    }
    return levels;
  }

  /** One path along rising levels, found without recursion so that long networks fit. */
  #augment(source: number, sink: number, levels: readonly number[], next: number[]): boolean {
    const path: Arc[] = [];
    let at = source;
    while (at !== sink) {
      const out = this.#arcs[at] ?? [];
      let position = next[at] ?? 0;
      while (position < out.length && !isRising(out[position], at, levels)) position += 1;
      next[at] = position;
      const arc = out[position];
      if (arc) {
        path.push(arc);
        at = arc.to;
        continue;
      }
      const last = path.pop();
      if (!last) return false;
      at = this.#arcs[last.to]?.[last.back]?.to ?? source;
      next[at] = (next[at] ?? 0) + 1;
    }
    this.#push(path);
    return true;
  }

  #push(path: readonly Arc[]): void {
    const amount = Math.min(...path.map((arc) => arc.capacity));
    for (const arc of path) {
      const reverse = this.#arcs[arc.to]?.[arc.back];
      arc.capacity -= amount;
      if (reverse) reverse.capacity += amount;
    }
  }
}

function isRising(arc: Arc | undefined, from: number, levels: readonly number[]): boolean {
  return arc !== undefined && arc.capacity > 0 && levels[arc.to] === (levels[from] ?? 0) + 1;
}
