/**
 * Random instances for planner tests and benchmarks, reproducible by seed.
 *
 * Four families (paths, trees, series-parallel, general), with and without cloud time, latency and
 * per-tensor cost; times are small whole numbers, so that ties are frequent and sums exact.
 */
import type { Encoding, Link, Network, Problem, Unit } from '../../../src/planner/index.js';
import { seededRandom } from '../../../src/wire/index.js';

export type Family = 'paths' | 'tree' | 'series-parallel' | 'general';
export const FAMILIES: readonly Family[] = ['paths', 'tree', 'series-parallel', 'general'];

export interface InstanceShape {
  readonly family: Family;
  readonly units: number;
  readonly seed: number;
  readonly hasEncodings?: boolean;
}

/** One instance; whether cloud time, latency and per-tensor cost are there is drawn as well. */
export function randomProblem({ family, units, seed, hasEncodings }: InstanceShape): Problem {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const edges = randomEdges(family, units, below);
  const cloudLimit = [1, 4, 12][below(3)] ?? 1;
  const link: Link = {
    uplinkMbps: 0.008 / ([0.25, 1, 3][below(3)] ?? 1),
    latencyMs: below(2) * below(6),
    perTensorMs: below(2) * below(4),
    resultBytes: below(2) * 1000 * below(4),
    downlinkMbps: 8,
  };
  const hasSource = new Set(edges.map(([, to]) => to));
  const network: Network = {
    units: Array.from({ length: units }, (_, i): Unit => {
      const isInput = !hasSource.has(i);
      return {
        id: `u${i}`,
        deviceMs: isInput ? 0 : below(12),
        cloudMs: isInput ? 0 : below(cloudLimit),
        outputBytes: below(16),
        ...(hasEncodings && below(2) === 0 ? { encodings: randomEncodings(below) } : {}),
      };
    }),
    edges: edges.map(([from, to]) => [`u${from}`, `u${to}`] as const),
  };
  return { network, link };
}

function randomEncodings(below: (limit: number) => number): Encoding[] {
  return ['f32', 'f16', 'u8']
    .slice(0, 1 + below(3))
    .map((name) => ({ name, bytes: below(16), encodeMs: below(4), decodeMs: below(3) }));
}

type Edge = readonly [number, number];

/** Edges between 0 … units − 1 that always lead from a smaller to a larger number. */
export function randomEdges(
  family: Family,
  units: number,
  below: (limit: number) => number,
): Edge[] {
  if (family === 'paths') return randomPaths(units, below);
  if (family === 'tree') {
    return Array.from({ length: units - 1 }, (_, i) => [below(i + 1), i + 1] as const);
  }
  if (family === 'series-parallel') return seriesParallel(0, units, below).edges;
  const chance = 0.2 + 0.1 * below(5);
  const edges: Edge[] = [];
  for (let to = 1; to < units; to++) {
    for (let from = 0; from < to; from++) {
      if (below(1000) < 1000 * chance) edges.push([from, to]);
    }
  }
  return edges;
}

function randomPaths(units: number, below: (limit: number) => number): Edge[] {
  const ends = Array.from({ length: 1 + below(Math.min(3, units)) }, (_, i) => i);
  const edges: Edge[] = [];
  for (let unit = ends.length; unit < units; unit++) {
    const path = below(ends.length);
    edges.push([ends[path] ?? 0, unit]);
    ends[path] = unit;
  }
  return edges;
}

/** Series: every last unit of the first part precedes every first unit of the second. */
function seriesParallel(
  start: number,
  units: number,
  below: (limit: number) => number,
): { edges: Edge[]; first: number[]; last: number[] } {
  if (units === 1) return { edges: [], first: [start], last: [start] };
  const size = 1 + below(units - 1);
  const one = seriesParallel(start, size, below);
  const two = seriesParallel(start + size, units - size, below);
  const edges = [...one.edges, ...two.edges];
  if (below(5) < 2) {
    return { edges, first: [...one.first, ...two.first], last: [...one.last, ...two.last] };
  }
  for (const from of one.last) for (const to of two.first) edges.push([from, to]);
  return { edges, first: one.first, last: two.last };
}

/** A larger instance with costs like those of real networks, for benchmarks. */
export function randomLarge(
  shape: 'series-parallel' | 'narrow' | 'wide',
  units: number,
  seed: number,
): Network {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const edges =
    shape === 'series-parallel'
      ? seriesParallel(0, units, below).edges
      : strands(units, shape === 'narrow' ? 5 : 100, below);
  const fed = new Set(edges.map(([, to]) => to));
  return {
    units: Array.from({ length: units }, (_, i): Unit => {
      const deviceMs = fed.has(i) ? 0.2 + 20 * random() ** 3 : 0;
      const outputBytes = Math.round(2000 + 400_000 * random() ** 3);
      return { id: `u${i}`, deviceMs, cloudMs: deviceMs / 6, outputBytes };
    }),
    edges: edges.map(([from, to]) => [`u${from}`, `u${to}`] as const),
  };
}

/** Parallel strands with edges across: no antichain is wider than the number of strands. */
function strands(units: number, width: number, below: (limit: number) => number): Edge[] {
  const edges: Edge[] = [];
  for (let unit = 1; unit < units; unit++) {
    edges.push([Math.max(0, unit - width), unit]);
    const across = unit - 1 - below(Math.min(width, unit));
    if (below(10) < 4 && across !== unit - width && across > 0) edges.push([across, unit]);
  }
  return edges;
}
