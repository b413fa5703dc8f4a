/** Half-precision numbers (IEEE 754 binary16) as 16-bit integers: Node 20 has no array type for them. */

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

const INFINITY_BITS = 0x7f80_0000;
/** 65536 and 2⁻¹⁴ as float32: the smallest number too large for a half, and the smallest normal half. */
const TOO_LARGE_BITS = 0x4780_0000;
const MIN_NORMAL_BITS = 0x3880_0000;
const ONE_HALF_BITS = 0x3f00_0000;
/** 127 − 15, the difference of the exponents' biases, in the place of a float32's exponent. */
const BIAS_BITS = 0x3800_0000;

/** The number a half stands for. */
export function numberOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The half nearest to a number, ties to even; infinity from 65520 on; NaN stays NaN. */
export function halfOfNumber(value: number): number {
  single[0] = value;
  return halfOfBits(singleBits[0] as number);
}

/** As halfOfNumber, from the bits of a float32. */
export function halfOfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude >= TOO_LARGE_BITS) return sign | (magnitude > INFINITY_BITS ? 0x7e00 : 0x7c00);
  if (magnitude >= MIN_NORMAL_BITS) {
    const isOdd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - BIAS_BITS + 0xfff + isOdd) >>> 13);
  }
  // Floats between ½ and 1 are 2⁻²⁴ apart, as halves below 2⁻¹⁴ are: the addition rounds.
  singleBits[0] = magnitude;
  single[0] = (single[0] as number) + 0.5;
  return sign | ((singleBits[0] as number) - ONE_HALF_BITS);
}
