/**
 * Frames under assembly: chunks in, complete frames out (protocol.md, “Tensor chunk”; faults.md rows 1–16).
 *
 * Chunks may come in any order, doubled, and interleaved with those of other frames. Memory is taken only by the sizes
 * of the plan, inside the budgets; it is held until the frame is dropped or its taker releases it. Has no clock of its own.
 */
import { type Chunk, Fault } from '../../wire/index.js';
import type { EncodedTensor } from '../tail-process/tail.js';
import type { ByteBudget } from './byte-budget.js';
import { type FrameRules, ruleFor } from './frame-rules.js';
import { type CompleteFrame, OpenFrame } from './open-frame.js';
import { TensorBuffer } from './tensor-buffer.js';

export type Accepted =
  /** `tensors`: those that are all here, when the chunk completed one. */
  | { readonly kind: 'waiting'; readonly tensors?: readonly EncodedTensor[] }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'complete'; readonly frame: CompleteFrame };

export interface AssemblyLimits {
  /** Half-received frames of one device; the oldest goes first. */
  readonly framesPerDevice: number;
  /** Longest life of a half-received frame, whatever deadline its device names. */
  readonly frameLifeMs: number;
}

/** Reports a frame that was given up for another one's chunk, or for its time. */
export type OnDropped = (device: string, frame: string, fault: Fault) => void;

export class Assembly {
  /** Per device, oldest frame first: a Map keeps the order of insertion. */
  private readonly open = new Map<string, Map<string, OpenFrame>>();

  constructor(
    private readonly limits: AssemblyLimits,
    private readonly budget: ByteBudget,
    private readonly onDropped: OnDropped,
  ) {}

  /** Frames under assembly, of one device or of all. */
  framesOpen(device?: string): number {
    if (device !== undefined) return this.open.get(device)?.size ?? 0;
    return [...this.open.values()].reduce((sum, frames) => sum + frames.size, 0);
  }

  /**
   * Takes one chunk; its bytes are copied. Throws CHUNK_MISMATCH, CHUNK_CONFLICT, FRAME_EXPIRED or FRAME_REFUSED: then
   * the chunk's frame is over and its memory is free.
   */
  accept(device: string, chunk: Chunk, rules: FrameRules, nowMs: number): Accepted {
    try {
      return this.add(device, chunk, rules, nowMs);
    } catch (fault) {
      this.close(device, chunk.frame);
      throw fault;
    }
  }

  /** Gives up every frame whose time is over; the fault names the bytes that never came. */
  expire(nowMs: number): void {
    this.dropWhere(
      ({ expiresAtMs }) => expiresAtMs <= nowMs,
      (frame) =>
        new Fault('FRAME_EXPIRED', `not complete by its deadline: missing ${frame.missingText()}`),
    );
  }

  /** Gives up the frames of a model. */
  dropModel(modelId: string, fault: Fault): void {
    this.dropWhere(
      ({ rules }) => rules.modelId === modelId,
      () => fault,
    );
  }

  /** Gives up all frames. */
  dropAll(fault: Fault): void {
    this.dropWhere(
      () => true,
      () => fault,
    );
  }

  /** Gives up the frames of a device that has left: it finishes them, and others need the bytes. */
  dropDevice(device: string): void {
    for (const frame of [...(this.open.get(device)?.values() ?? [])]) {
      const text = `its device disconnected: missing ${frame.missingText()}`;
      this.drop(frame, new Fault('FRAME_EXPIRED', text));
    }
  }

  /** Forgets all frames of a device without reporting them. */
  forget(device: string): void {
    for (const frame of [...(this.open.get(device)?.keys() ?? [])]) this.close(device, frame);
  }

  private add(device: string, chunk: Chunk, rules: FrameRules, nowMs: number): Accepted {
    const rule = ruleFor(chunk, rules);
    const restMs = Math.min(chunk.deadlineMs - chunk.ageMs, this.limits.frameLifeMs);
    if (restMs <= 0) throw new Fault('FRAME_EXPIRED', 'the chunk was made after the deadline');
    const frame = this.open.get(device)?.get(chunk.frame) ?? this.begin(device, chunk, rules);
    const { planVersion, cut } = frame.rules;
    if (planVersion !== rules.planVersion || cut !== rules.cut) {
      const text = `the frame began under plan ${planVersion}, cut ${cut}; the chunk is of ${rules.planVersion}, ${rules.cut}`;
      throw new Fault('CHUNK_MISMATCH', `chunk refused: ${text}`);
    }
    frame.expiresAtMs = Math.min(frame.expiresAtMs, nowMs + restMs);
    let tensor = frame.tensors[chunk.tensorIndex];
    if (tensor === undefined) {
      this.reserve(frame, chunk.tensorBytes);
      tensor = new TensorBuffer(rule, chunk);
      frame.tensors[chunk.tensorIndex] = tensor;
    }
    if (!tensor.add(chunk)) return { kind: 'duplicate' };
    if (frame.isComplete) return { kind: 'complete', frame: this.take(frame) };
    return tensor.isComplete
      ? { kind: 'waiting', tensors: frame.completeTensors }
      : { kind: 'waiting' };
  }

  private begin(device: string, chunk: Chunk, rules: FrameRules): OpenFrame {
    const frames = this.open.get(device) ?? new Map<string, OpenFrame>();
    while (frames.size >= this.limits.framesPerDevice) this.dropOldest(frames);
    const frame = new OpenFrame(device, chunk.frame, rules);
    frames.set(chunk.frame, frame);
    this.open.set(device, frames);
    return frame;
  }

  /** Older half-received frames of the same device make room; frames of other devices never do. */
  private reserve(frame: OpenFrame, bytes: number): void {
    const frames = this.open.get(frame.device);
    let obstacle = this.budget.reserve(frame.device, bytes);
    while (obstacle !== 'reserved') {
      const isOnly = frames === undefined || firstOf(frames) === frame;
      if (isOnly) throw noRoom(obstacle, bytes, this.budget);
      this.dropOldest(frames);
      obstacle = this.budget.reserve(frame.device, bytes);
    }
    frame.bytes += bytes;
  }

  private dropOldest(frames: ReadonlyMap<string, OpenFrame>): void {
    const oldest = firstOf(frames);
    if (oldest === undefined) return;
    const text = `gave way to newer frames of its device: missing ${oldest.missingText()}`;
    this.drop(oldest, new Fault('FRAME_EXPIRED', text));
  }

  private dropWhere(isOver: (frame: OpenFrame) => boolean, why: (frame: OpenFrame) => Fault): void {
    const over = [...this.open.values()].flatMap((frames) => [...frames.values()].filter(isOver));
    for (const frame of over) this.drop(frame, why(frame));
  }

  private drop(frame: OpenFrame, fault: Fault): void {
    this.close(frame.device, frame.frame);
    this.onDropped(frame.device, frame.frame, fault);
  }

  private close(device: string, id: string): void {
    const frame = this.detach(device, id);
    if (frame !== undefined) this.budget.release(device, frame.bytes);
  }

  private detach(device: string, id: string): OpenFrame | undefined {
    const frames = this.open.get(device);
    const frame = frames?.get(id);
    frames?.delete(id);
    if (frames?.size === 0) this.open.delete(device);
    return frame;
  }

  private take(frame: OpenFrame): CompleteFrame {
    this.detach(frame.device, frame.frame);
    const { device, bytes } = frame;
    return frame.completed(() => this.budget.release(device, bytes));
  }
}

const firstOf = <T>(frames: ReadonlyMap<string, T>): T | undefined => frames.values().next().value;

function noRoom(obstacle: 'device' | 'total', bytes: number, budget: ByteBudget): Fault {
  const bound = obstacle === 'device' ? budget.deviceBytes : budget.totalBytes;
  const whose = obstacle === 'device' ? 'this device' : 'all devices together';
  const text = `no room for ${bytes} more bytes: ${bound} are allowed for ${whose}`;
  return new Fault('FRAME_REFUSED', text, { retryAfterMs: 1000 });
}
