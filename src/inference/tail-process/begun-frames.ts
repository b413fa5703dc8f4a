/** What a tail process has of frames whose tensors are not all there yet: a few, and what is lost is only computed again. */
import type { Tensor } from '../../wire/index.js';
import type { Decoding } from './tail.js';

/** Tensors that came or were made, and what the work on them took so far. */
export interface BegunFrame {
  readonly tensors: Map<string, Tensor>;
  /** By digest, of blocks that were run; null for the first run of a session, which is no measure. */
  readonly blockMs: Map<string, number | null>;
  readonly decodings: Decoding[];
}

/** A frame of which nothing is known. */
export function newFrame(): BegunFrame {
  return { tensors: new Map(), blockMs: new Map(), decodings: [] };
}

/** All decoding and running so far in ms; null when a session was run for the first time. */
export function workMs({ blockMs, decodings }: BegunFrame): number | null {
  let sumMs = decodings.reduce((sum, { ms }) => sum + ms, 0);
  for (const ms of blockMs.values()) {
    if (ms === null) return null;
    sumMs += ms;
  }
  return sumMs;
}

/** Frames a process keeps, and its caller remembers of it. */
export const MAX_BEGUN = 4;

export class BegunFrames {
  /** Oldest first. */
  private readonly frames = new Map<string, BegunFrame>();

  keep(frame: string, begun: BegunFrame): void {
    this.frames.set(frame, begun);
    for (const oldest of this.frames.keys()) {
      if (this.frames.size <= MAX_BEGUN) return;
      this.frames.delete(oldest);
    }
  }

  /** Takes a frame out; a new one where nothing is known. */
  take(frame: string): BegunFrame {
    const begun = this.frames.get(frame) ?? newFrame();
    this.frames.delete(frame);
    return begun;
  }
}
