/** The levels of roll-ups, from fine to coarse; every border of a level is one of the levels below it. */

export const rollupLevels = [
  { name: 'minute', ms: 60_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'day', ms: 86_400_000 },
] as const;
export type RollupLevel = (typeof rollupLevels)[number];

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** The last border of a width at or before a time; borders are multiples of it since 1970, in UTC. */
export function floorTo(ms: number, widthMs: number): number {
  return Math.floor(ms / widthMs) * widthMs;
}

/** The first border of a width at or after a time. */
export function ceilTo(ms: number, widthMs: number): number {
  return Math.ceil(ms / widthMs) * widthMs;
}

/** Part of a range of time that roll-ups of one level fill exactly. */
export interface RollupSpan {
  readonly levelMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The fewest roll-ups that fill [from, to): the coarsest in the middle, finer ones towards the ends; empty for an empty range.
 * Both ends are borders of the finest of the levels (in ms, rising) that may be used.
 */
export function spansOf(fromMs: number, toMs: number, levels: readonly number[]): RollupSpan[] {
  const [levelMs, ...finer] = levels.toReversed();
  if (levelMs === undefined || fromMs >= toMs) return [];
  const [start, end] = [ceilTo(fromMs, levelMs), floorTo(toMs, levelMs)];
  const below = finer.toReversed();
  if (start >= end) return spansOf(fromMs, toMs, below);
  return [
    ...spansOf(fromMs, start, below),
    { levelMs, fromMs: start, toMs: end },
    ...spansOf(end, toMs, below),
  ];
}
