/** Largest and smallest of any number of values: a spread into `Math.max` ends at some 100,000. */

/** −Infinity where there is none. */
export function greatest(values: Iterable<number>): number {
  let most = -Infinity;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** Infinity where there is none. */
export function least(values: Iterable<number>): number {
  let fewest = Infinity;
  for (const value of values) if (value < fewest) fewest = value;
  return fewest;
}
