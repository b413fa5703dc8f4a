/** NaN and infinity in tensors: they pass through a network as the runtime lets them, but are told of (faults.md row 11). */
import { alignedBytes, type Tensor } from '../wire/index.js';

/** True when a tensor holds neither NaN nor infinity; those of whole numbers never do. */
export function isAllFinite(tensor: Tensor): boolean {
  const { buffer, byteOffset, byteLength } = alignedBytes(tensor);
  const words32 = (): Uint32Array => new Uint32Array(buffer, byteOffset, byteLength / 4);
  switch (tensor.dtype) {
    case 'float32':
      return hasNoFullExponent(words32(), 0x7f80_0000);
    case 'float64':
      return hasNoFullExponent(highWords(words32()), 0x7ff0_0000);
    case 'float16':
      return hasNoFullExponent(new Uint16Array(buffer, byteOffset, byteLength / 2), 0x7c00);
    default:
      return true;
  }
}

/** A float is finite unless all bits of its exponent are set. */
function hasNoFullExponent(words: ArrayLike<number>, mask: number): boolean {
  for (let i = 0; i < words.length; i++) {
    if (((words[i] as number) & mask) === mask) return false;
  }
  return true;
}

/** Of a little-endian float64 the second half holds the exponent. */
const highWords = (words: Uint32Array): Uint32Array => words.filter((_, i) => i % 2 === 1);
