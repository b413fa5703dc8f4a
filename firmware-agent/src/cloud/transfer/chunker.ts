/** Cuts one encoded tensor into the chunks of `src/wire`. */
import {
  CHUNK_HEADER_BYTES,
  type Chunk,
  type Encoded,
  messages,
  type TensorType,
} from '../../../../src/wire/index.js';

export interface EncodedTensor extends TensorType, Encoded {
  readonly tensorIndex: number;
}

/** What all chunks of a frame say. */
export interface FrameHeader {
  readonly frame: string;
  readonly model: string;
  readonly planVersion: number;
  readonly deadlineMs: number;
}

/** A chunk without its age, which is known when it is sent. */
export type AgelessChunk = Omit<Chunk, 'ageMs'>;

/** The chunks in order; an empty tensor is one empty chunk. */
export function chunksOf(
  header: FrameHeader,
  tensor: EncodedTensor,
  chunkBytes: number,
  isLastTensor: boolean,
): AgelessChunk[] {
  const { bytes, tensorIndex, encoding, dtype, dims, scale, zeroPoint } = tensor;
  const most = Math.min(chunkBytes, messages.tensor.maxBytes - CHUNK_HEADER_BYTES);
  const chunkCount = Math.max(1, Math.ceil(bytes.length / most));
  return Array.from({ length: chunkCount }, (_, chunkIndex) => {
    const offset = chunkIndex * most;
    const isLastOfTensor = chunkIndex === chunkCount - 1;
    return {
      ...header,
      tensorIndex,
      encoding,
      dtype,
      dims,
      scale,
      zeroPoint,
      chunkIndex,
      chunkCount,
      offset,
      tensorBytes: bytes.length,
      isLastOfTensor,
      isLastOfFrame: isLastTensor && isLastOfTensor,
      bytes: bytes.subarray(offset, offset + most),
    };
  });
}
