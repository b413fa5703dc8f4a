/** NaN and infinity in tensors: they pass through a network as the runtime lets them, but are told of (faults.md row 11). */
import { alignedBytes, type Tensor } from '../wire/index.js';

/** True when a tensor holds neither NaN nor infinity; those of whole numbers never do. Little-endian, as tensors are. */
export function isAllFinite(tensor: Tensor): boolean {
  const { buffer, byteOffset, byteLength } = alignedBytes(tensor);
  const words = (): Int32Array => new Int32Array(buffer, byteOffset, byteLength / 4);
  switch (tensor.dtype) {
    case 'float32':
      return isFinite32(words());
    case 'float64':
      return isFinite64(words());
    case 'float16':
      return isFinite16(new Uint16Array(buffer, byteOffset, byteLength / 2));
    default:
      return true;
  }
}

// A float is finite unless all bits of its exponent are set: then one more carries into the bit above, the sign's, where it is
// collected. Tensors are megabytes and checked in every frame: no branch, one loop for each width, and for the usual one four
// sums that do not wait for each other.

function isFinite32(words: Int32Array): boolean {
  const carry = (i: number): number => ((words[i] as number) & 0x7f80_0000) + 0x0080_0000;
  let [one, two, three, four] = [0, 0, 0, 0];
  const whole = words.length - (words.length % 4);
  for (let i = 0; i < whole; i += 4) {
    one |= carry(i);
    two |= carry(i + 1);
    three |= carry(i + 2);
    four |= carry(i + 3);
  }
  for (let i = whole; i < words.length; i++) one |= carry(i);
  return (one | two | three | four) >= 0;
}

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
