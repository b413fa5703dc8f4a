/** NaN and infinity in tensors: they pass through a network and are reported (faults.md row 11). */
import { alignedBytes, type Tensor } from '../../wire/index.js';

/** True when a tensor holds neither NaN nor infinity; those of whole numbers never do. Little-endian, as tensors are. */
export function isAllFinite(tensor: Tensor): boolean {
  const { buffer, byteOffset, byteLength } = alignedBytes(tensor);
  switch (tensor.dtype) {
    case 'float32':
      return isFinite32(new Float32Array(buffer, byteOffset, byteLength / 4));
    case 'float64':
      return isFinite64(new Int32Array(buffer, byteOffset, byteLength / 4));
    case 'float16':
      return isFinite16(new Uint16Array(buffer, byteOffset, byteLength / 2));
    default:
      return true;
  }
}

// Tensors are megabytes and checked in every frame: no branch, one loop for each width, and for the usual one four sums that do
// not wait for each other.

/** Added up as doubles, which floats do not overflow: the sum is finite if all of them are. */
function isFinite32(floats: Float32Array): boolean {
  const at = (i: number): number => floats[i] as number;
  let [one, two, three, four] = [0, 0, 0, 0];
  const whole = floats.length - (floats.length % 16);
  for (let i = 0; i < whole; i += 16) {
    one += at(i) + at(i + 1) + (at(i + 2) + at(i + 3));
    two += at(i + 4) + at(i + 5) + (at(i + 6) + at(i + 7));
    three += at(i + 8) + at(i + 9) + (at(i + 10) + at(i + 11));
    four += at(i + 12) + at(i + 13) + (at(i + 14) + at(i + 15));
  }
  for (let i = whole; i < floats.length; i++) one += at(i);
  return Number.isFinite(one + two + three + four);
}

// A wider or narrower one is finite unless all bits of its exponent are set: then one more carries into the bit above, the
// sign's, where it is collected.

/** The exponent is in the second word. */
function isFinite64(words: Int32Array): boolean {
  let carried = 0;
  for (let i = 1; i < words.length; i += 2)
    carried |= ((words[i] as number) & 0x7ff0_0000) + 0x0010_0000;
  return carried >= 0;
}

function isFinite16(halves: Uint16Array): boolean {
  let carried = 0;
  for (let i = 0; i < halves.length; i++) carried |= ((halves[i] as number) & 0x7c00) + 0x0400;
  return (carried & 0x8000) === 0;
}
