/**
 * What became of recent frames, so that a repeated frame id is answered from memory and never computed twice
 * (faults.md rows 4 and 15). Bounded: whole answers by count and bytes, bare frame ids by count, per device.
 */
import { type Answer, replayed } from './answer-messages.js';

export interface AnswerLimits {
  /** Whole answers kept per device. */
  readonly answersPerDevice: number;
  /** Bytes of their bodies per device. */
  readonly bytesPerDevice: number;
  /** Frame ids kept per device after their answers are gone. */
  readonly idsPerDevice: number;
  /** Devices remembered; the one that was quiet longest goes first. */
  readonly devices: number;
  /** A repeated frame is answered at most this often: its other chunks are still on their way. */
  readonly repeatMs: number;
}

interface Entry {
  /** Undefined once it has been forgotten for want of room. */
  answer: Answer | undefined;
  sentMs: number;
}

interface DeviceAnswers {
  /** Oldest first. */
  readonly entries: Map<string, Entry>;
  answers: number;
  bytes: number;
}

/** A repeated frame: `answer` is what to send, `quiet` that it was sent a moment ago. */
export type Recalled =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'quiet' };

export class AnswerMemory {
  private readonly byDevice = new Map<string, DeviceAnswers>();

  constructor(private readonly limits: AnswerLimits) {}

  /** Keeps the answer of a frame that ended; a frame ends once, so a second answer changes nothing. */
  remember(device: string, frame: string, answer: Answer, nowMs: number): void {
    const known = this.touch(device);
    if (known.entries.has(frame)) return;
    known.entries.set(frame, { answer, sentMs: nowMs });
    known.answers += 1;
    known.bytes += answer.body.length;
    this.trim(known);
  }

  /** What to do about a chunk of a frame that ended; undefined when the frame is not known to have ended. */
  recall(device: string, frame: string, nowMs: number): Recalled | undefined {
    const entry = this.byDevice.get(device)?.entries.get(frame);
    if (entry === undefined) return undefined;
    if (nowMs - entry.sentMs < this.limits.repeatMs) return { kind: 'quiet' };
    entry.sentMs = nowMs;
    return { kind: 'answer', answer: entry.answer ?? replayed(frame) };
  }

  /** Forgets a device. */
  forget(device: string): void {
    this.byDevice.delete(device);
  }

  private touch(device: string): DeviceAnswers {
    const known = this.byDevice.get(device) ?? { entries: new Map(), answers: 0, bytes: 0 };
    this.byDevice.delete(device);
    this.byDevice.set(device, known);
    for (const oldest of this.byDevice.keys()) {
      if (this.byDevice.size <= this.limits.devices) break;
      this.byDevice.delete(oldest);
    }
    return known;
  }

  private trim(known: DeviceAnswers): void {
    const { answersPerDevice, bytesPerDevice, idsPerDevice } = this.limits;
    for (const [frame, entry] of known.entries) {
      const isOver = known.answers > answersPerDevice || known.bytes > bytesPerDevice;
      const isCrowded = known.entries.size > idsPerDevice;
      if (!isOver && !isCrowded) return;
      if (entry.answer !== undefined) {
        known.answers -= 1;
        known.bytes -= entry.answer.body.length;
        entry.answer = undefined;
      }
      if (isCrowded) known.entries.delete(frame);
    }
  }
}
