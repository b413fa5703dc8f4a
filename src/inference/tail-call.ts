/** What the service and a tail process say to each other: heads of calls and replies. Tensor bytes travel as buffers. */
import type { TensorParts } from '../runtime/index.js';
import type { EncodedTensor } from './assembly.js';

/** A block as a file; its bytes must have the digest. */
export interface BlockFile {
  readonly digest: string;
  readonly path: string;
}

/** An encoded tensor without its bytes. */
export type TensorHead = Omit<EncodedTensor, 'data'>;

export interface TailSettings {
  /** Threads a block computes with. */
  readonly threads: number;
  /** Bytes of block files whose sessions are kept open. */
  readonly cacheBytes: number;
}

/** Methods `run` and `warm`: the blocks in order, fed with tensors; for `run`, buffers[i] holds the bytes of tensors[i]. */
export interface TailHead {
  readonly settings: TailSettings;
  readonly blocks: readonly BlockFile[];
  readonly tensors: readonly TensorHead[];
  /** Names of the tensors to answer with. */
  readonly outputs: readonly string[];
}

/** The answer of `run`; the buffers hold the bytes of `parts`. */
export interface RunReply {
  readonly parts: TensorParts;
  /** Names of inputs that hold NaN or infinity: they pass, and are told of. */
  readonly nonFinite: readonly string[];
}
