/**
 * Small named networks for planner tests, each drawn next to its definition.
 *
 * Costs are chosen so that no two schedules tie by accident; a unit is written id(device, cloud, bytes).
 */
import type { Link, Network, Unit } from '../../../src/planner/index.js';

/** A link on which one byte takes one millisecond and nothing else costs anything. */
export const BYTE_PER_MS: Link = {
  uplinkMbps: 0.008,
  latencyMs: 0,
  perTensorMs: 0,
  resultBytes: 0,
  downlinkMbps: 20,
};

/** Builds a network from paths like `in > a > b` and costs [device ms, cloud ms, bytes] by id. */
export function drawn(
  paths: readonly string[],
  costs: Readonly<Record<string, readonly [number, number, number]>>,
): Network {
  const edges = paths.flatMap((path) => {
    const ids = path.split('>').map((id) => id.trim());
    return ids.slice(1).map((id, i) => [ids[i] ?? '', id] as const);
  });
  const units = Object.entries(costs).map(
    ([id, [deviceMs, cloudMs, outputBytes]]): Unit => ({ id, deviceMs, cloudMs, outputBytes }),
  );
  return { units, edges };
}

export const namedGraphs: Readonly<Record<string, Network>> = {
  //  in
  alone: drawn([], { in: [0, 0, 5] }),

  //  in ── a
  single: drawn(['in > a'], { in: [0, 0, 9], a: [4, 1, 2] }),

  //  in ── a ── b ── c ── d
  chain: drawn(['in > a > b > c > d'], {
    in: [0, 0, 30],
    a: [7, 1, 22],
    b: [5, 2, 6],
    c: [11, 3, 4],
    d: [13, 1, 1],
  }),

  //  x ── a ── b ─┐
  //               ├─ join
  //  y ── c ── d ─┘
  twoPaths: drawn(['x > a > b > join', 'y > c > d > join'], {
    x: [0, 0, 40],
    a: [3, 0, 9],
    b: [5, 0, 8],
    y: [0, 0, 50],
    c: [6, 0, 3],
    d: [2, 0, 10],
    join: [90, 1, 1],
  }),

  //  x ── a ── b
  //  y ── c ── d
  //  z ── e ── f
  threeStrands: drawn(['x > a > b', 'y > c > d', 'z > e > f'], {
    x: [0, 0, 31],
    a: [4, 0, 5],
    b: [25, 0, 1],
    y: [0, 0, 17],
    c: [9, 0, 6],
    d: [30, 0, 1],
    z: [0, 0, 23],
    e: [2, 0, 11],
    f: [21, 0, 1],
  }),

  //           ┌─ left ──┐
  //  in ── s ─┤         ├─ join ── out
  //           └─ right ─┘
  diamond: drawn(['in > s > left > join > out', 's > right > join'], {
    in: [0, 0, 60],
    s: [3, 1, 40],
    left: [8, 2, 5],
    right: [6, 1, 9],
    join: [17, 3, 12],
    out: [19, 2, 1],
  }),

  //                 ┌─ head1
  //  in ── t1 ── t2 ┼─ head2
  //         └ head0 └─ head3
  heads: drawn(['in > t1 > t2 > head1', 't2 > head2', 't2 > head3', 't1 > head0'], {
    in: [0, 0, 80],
    t1: [10, 1, 14],
    t2: [12, 2, 11],
    head0: [20, 2, 1],
    head1: [24, 3, 1],
    head2: [28, 3, 1],
    head3: [7, 1, 1],
  }),

  //  in ── a ── c
  //   │     ╲
  //   └─ b ── d        (the shape of an N: not series-parallel)
  zigzag: drawn(['in > a > c', 'in > b > d', 'a > d'], {
    in: [0, 0, 70],
    a: [4, 1, 7],
    b: [6, 1, 5],
    c: [15, 2, 2],
    d: [18, 1, 3],
  }),

  //  in ── a ══ b ══ c ── out    every unit also reads the one before the last
  skips: drawn(['in > a > b > c > out', 'in > b', 'a > c', 'b > out'], {
    in: [0, 0, 25],
    a: [5, 1, 6],
    b: [7, 1, 8],
    c: [6, 2, 3],
    out: [16, 2, 1],
  }),

  //  in ── a ── c
  //  k(onstant) ┘     a unit that needs nothing but costs something is no input
  constant: drawn(['in > a > c', 'k > c'], {
    in: [0, 0, 12],
    a: [5, 1, 4],
    k: [6, 2, 3],
    c: [14, 3, 1],
  }),
};
