/** The cloud's part of a network, and one frame for it. */
import type { Tensor } from '../../wire/index.js';
import type { EncodedTensor } from '../assembly/open-frame.js';
import type { BlockFile, BlockTimings, Decoding, TensorHead } from './tail-call.js';

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
  /** When nobody waits for the answer any more, on the service's monotonic clock. */
  readonly expiresAtMs: number;
}

export interface TailAnswer {
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** From the complete frame to the start of the run that answered. */
  readonly queueMs: number;
  /** That run, with the way to the process and back. */
  readonly cloudMs: number;
  /** Names of inputs that hold NaN or infinity. */
  readonly nonFinite: readonly string[];
  /** What single blocks took, where their sessions were warm. */
  readonly blockMs: BlockTimings;
  readonly decodings: readonly Decoding[];
  /** What `cloudMs` has beside decoding and blocks: the way, and checks; undefined where a session was opened. */
  readonly besideMs: number | undefined;
}
