/** What the main thread asks of the compute thread, and what comes back. Requests are served one after the other. */
import type { Encoded, LossyEncoding, Tensor, TensorType } from '../../../src/wire/index.js';

export interface BlockFile {
  readonly digest: string;
  readonly path: string;
}

/** Named tensors; an array of pairs because it crosses threads. */
export type NamedTensors = (readonly [name: string, tensor: Tensor])[];

/** A processor that becomes some times slower, some seconds after it began. */
export interface Throttle {
  readonly factor: number;
  readonly afterS: number;
}

export interface ComputeSettings {
  readonly threads: number;
  /** Factor by which every run is stretched by sleeping. */
  readonly slowdown: number;
  readonly throttle?: Throttle | undefined;
}

/** method → [request, answer]. */
export interface ComputeMethods {
  /** Loads blocks that are not loaded yet. */
  open: [{ blocks: BlockFile[] }, undefined];
  /** Unloads all other blocks. */
  keep: [{ digests: string[] }, undefined];
  /** Gives a frame its inputs; its tensors stay in the thread until `end`. */
  begin: [{ frame: string; inputs: NamedTensors }, undefined];
  /** Runs a block of a frame; only the wanted ones of its outputs are copied out. */
  run: [{ frame: string; digest: string; wanted: string[] }, { ms: number; tensors: NamedTensors }];
  /** Encodes a tensor of a frame; it comes raw where it cannot be encoded. */
  encode: [
    { frame: string; name: string; encoding: LossyEncoding },
    { ms: number; encoded: Encoded & TensorType },
  ];
  /** What encoding costs, times the slow-down: milliseconds per byte of the tensor. */
  measureEncodings: [undefined, Record<LossyEncoding, number>];
  /** Runs a block of a frame without sleeping; the time it takes, times the slow-down. */
  measure: [{ frame: string; digest: string }, { ms: number }];
  end: [{ frame: string }, undefined];
  /** Unloads everything; the thread then ends by itself. */
  close: [undefined, undefined];
}

export type ComputeMethod = keyof ComputeMethods;
export type ComputeRequest = {
  [M in ComputeMethod]: { id: number; method: M; body: ComputeMethods[M][0] };
}[ComputeMethod];
export type ComputeAnswer = { id: number } & (
  | { ok: true; body: ComputeMethods[ComputeMethod][1] }
  | { ok: false; text: string }
);
