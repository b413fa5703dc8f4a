/** What the service and a tail process say to each other: heads of calls and replies. Tensor bytes travel as buffers. */
import { type Message, type TensorParts, unpackTensors } from '../../runtime/index.js';
import { frameKey } from '../../wire/index.js';
import type {
  BlockFile,
  BlockTimings,
  Decoding,
  EncodedTensor,
  Tail,
  TailAnswer,
  TailFrame,
  TensorHead,
} from './tail.js';

interface RunCall {
  readonly head: TailHead;
  readonly buffers: Uint8Array[];
}

export interface TailSettings {
  /** Threads a block computes with. */
  readonly threads: number;
  /** Bytes of block files whose sessions are kept open. */
  readonly cacheBytes: number;
}

/**
 * Methods `begin`, `run` and `warm`: the blocks in order, fed with tensors; for `begin` and `run`, buffers[i] holds the bytes of
 * tensors[i]. `begin` has some of a frame's tensors and runs what they suffice for; `run` has all and goes on from there.
 */
export interface TailHead {
  /** The key of the frame; empty for `warm`. */
  readonly frame: string;
  readonly settings: TailSettings;
  readonly blocks: readonly BlockFile[];
  readonly tensors: readonly TensorHead[];
  /** Names of the tensors to answer with. */
  readonly outputs: readonly string[];
}

/** The answer of `run`; the buffers hold the bytes of `parts`. */
export interface RunReply {
  readonly parts: TensorParts;
  /** Names of inputs that hold NaN or infinity: they pass, and are reported. */
  readonly nonFinite: readonly string[];
  /** What the frame's blocks took, those begun early among them, by digest; without first runs of sessions. */
  readonly blockMs: BlockTimings;
  readonly decodings: readonly Decoding[];
  /** What decoding and blocks took in this very call; null when a session was run for the first time. */
  readonly workMs: number | null;
}

/** The call that begins or runs a frame. */
export function runCall(
  { tail, tensors, ...frame }: Omit<TailFrame, 'expiresAtMs'>,
  settings: TailSettings,
): RunCall {
  const known = { frame: frameKey(frame.device, frame.frame), tensors: tensors.map(tensorHead) };
  const head = { ...warmHead(tail, settings), ...known };
  return { head, buffers: tensors.map(({ data }) => data) };
}

/** The head of the call that opens the sessions of a tail. */
export function warmHead({ blocks, tensors, outputs }: Tail, settings: TailSettings): TailHead {
  const { threads, cacheBytes } = settings;
  return { settings: { threads, cacheBytes }, frame: '', blocks, tensors, outputs };
}

/** What the answer of `run` says, which took `cloudMs` there and back. */
export function runAnswer(
  { head, buffers }: Message,
  cloudMs: number,
): Omit<TailAnswer, 'queueMs' | 'waitMs'> {
  const { parts, workMs, ...reply } = head as RunReply;
  const overheadMs = workMs === null ? undefined : cloudMs - workMs;
  return { outputs: unpackTensors(parts, buffers), cloudMs, overheadMs, ...reply };
}

function tensorHead({ data: _, ...head }: EncodedTensor): TensorHead {
  return head;
}
