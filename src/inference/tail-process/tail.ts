/** The cloud's part of a network, and one frame for it. */
import type { Encoded, Encoding, ImageSpec, Tensor, TensorType } from '../../wire/index.js';

/** A block as a file; its bytes must have the digest. */
export interface BlockFile {
  readonly digest: string;
  readonly path: string;
}

/** A tensor as it came; `data` is still encoded, dtype and dims are those of the decoded one. */
export interface EncodedTensor extends TensorType, Omit<Encoded, 'bytes'> {
  readonly name: string;
  readonly data: Uint8Array;
  /** How a picture becomes the tensor. */
  readonly image?: ImageSpec;
}

/** An encoded tensor without its bytes. */
export type TensorHead = Omit<EncodedTensor, 'data'>;

/** Digests of blocks with the ms that a run took. */
export type BlockTimings = readonly (readonly [digest: string, ms: number])[];

/** What decoding one tensor took. */
export interface Decoding {
  readonly encoding: Encoding;
  /** As it travelled. */
  readonly bytes: number;
  readonly ms: number;
}

/** What the cloud runs under a plan. */
export interface Tail {
  /** Id of the model. */
  readonly model: string;
  readonly blocks: readonly BlockFile[];
  /** What it is fed with. */
  readonly tensors: readonly TensorHead[];
  /** Names of the tensors the answer holds. */
  readonly outputs: readonly string[];
}

export interface TailFrame {
  readonly device: string;
  readonly frame: string;
  readonly tail: Tail;
  readonly tensors: readonly EncodedTensor[];
  /** When the device stops waiting, on the service's monotonic clock. */
  readonly expiresAtMs: number;
}

export interface TailAnswer {
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** From the complete frame to the start of the run that answered. */
  readonly queueMs: number;
  /** The same, where later frames are likely to wait as long; undefined where it waited for sessions to be opened. */
  readonly waitMs: number | undefined;
  /** That run, with the way to the process and back. */
  readonly cloudMs: number;
  /** Names of inputs that hold NaN or infinity. */
  readonly nonFinite: readonly string[];
  /** What single blocks took, where their sessions were warm. */
  readonly blockMs: BlockTimings;
  readonly decodings: readonly Decoding[];
  /** The rest of `cloudMs` besides decoding and blocks: the way, and checks; undefined where a session was opened. */
  readonly overheadMs: number | undefined;
}
