/** Nearest-rank percentiles: of n values, p is the ⌈p·n/100⌉-th smallest (Hyndman and Fan, The American Statistician 50, 1996). */

/**
 * ⌈part·n/whole⌉, exact: a part counts as the decimal number that it is written as. In floating point, 0.55 of 100 would be
 * 55.00000000000001, and its ceiling one too high.
 */
export function ceilShare(part: number, n: number, whole = 1): number {
  const { digits, scale } = decimalOf(part);
  const divisor = scale * BigInt(whole);
  return Number((digits * BigInt(n) + divisor - 1n) / divisor);
}

/** The rank of a percentile among n values, from 1 on; 0 of no values. */
export function nearestRank(p: number, n: number): number {
  return Math.min(n, Math.max(1, ceilShare(p, n, 100)));
}

/** The percentile of values in rising order; undefined of no values. */
export function percentileOf(sorted: ArrayLike<number>, p: number): number | undefined {
  return sorted[nearestRank(p, sorted.length) - 1];
}

/** A number as digits / scale, exactly as JavaScript writes it. Throws RangeError for what is negative, infinite or no number. */
function decimalOf(value: number): { readonly digits: bigint; readonly scale: bigint } {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  if (match === null) throw new RangeError(`no share: ${value}`);
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return shift < 0
    ? { digits, scale: 10n ** BigInt(-shift) }
    : { digits: digits * 10n ** BigInt(shift), scale: 1n };
}
