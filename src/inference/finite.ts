/** NaN and infinity in tensors: they pass through a network as the runtime lets them, but are told of (faults.md row 11). */
import type { Tensor } from '../wire/index.js';

/** True when a tensor holds neither NaN nor infinity; those of whole numbers never do. */
export function isAllFinite({ dtype, data }: Tensor): boolean {
  if (dtype === 'float32') return hasNoFullExponent(words32(data), 0x7f80_0000);
  if (dtype === 'float64') return hasNoFullExponent(highWords(data), 0x7ff0_0000);
  if (dtype === 'float16') return hasNoFullExponent(words16(data), 0x7c00);
  return true;
}

/** A float is finite unless all bits of its exponent are set. */
function hasNoFullExponent(words: ArrayLike<number>, mask: number): boolean {
  for (let i = 0; i < words.length; i++) {
    if (((words[i] as number) & mask) === mask) return false;
  }
  return true;
}

const aligned = (data: Uint8Array, bytes: number): Uint8Array =>
  data.byteOffset % bytes === 0 ? data : data.slice();

function words32(data: Uint8Array): Uint32Array {
  const { buffer, byteOffset, byteLength } = aligned(data, 4);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function words16(data: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } = aligned(data, 2);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

function highWords(data: Uint8Array): Uint32Array {
  return words32(data).filter((_, i) => i % 2 === 1);
}
