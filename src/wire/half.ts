/** Half-precision numbers, which Node 20 has no array for: IEEE 754 binary16 as 16-bit integers. */

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The number a half stands for. */
export function numberOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A half near a number of ordinary size: fractions are cut off, what is too small becomes 0. */
export function halfOfNumber(value: number): number {
  single[0] = value;
  const bits = singleBits[0] ?? 0;
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15;
  if (exponent <= 0) return 0;
  const sign = (bits >>> 16) & 0x8000;
  return exponent >= 0x1f ? sign | 0x7bff : sign | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
