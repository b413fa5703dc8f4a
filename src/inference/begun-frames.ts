/** What a tail process has of frames whose tensors are not all there yet: a few, and what is lost is only computed again. */
import type { Tensor } from '../wire/index.js';

/** Tensors that came or were made, and what the blocks took that were run; null for the first run of a session, which tells nothing. */
export interface BegunFrame {
  readonly tensors: Map<string, Tensor>;
  readonly blockMs: Map<string, number | null>;
}

const MOST_FRAMES = 4;

export class BegunFrames {
  /** Oldest first. */
  private readonly frames = new Map<string, BegunFrame>();

  keep(frame: string, begun: BegunFrame): void {
    this.frames.set(frame, begun);
    for (const oldest of this.frames.keys()) {
      if (this.frames.size <= MOST_FRAMES) return;
      this.frames.delete(oldest);
    }
  }

  /** Takes a frame out; a new one where nothing is known. */
  take(frame: string): BegunFrame {
    const begun = this.frames.get(frame) ?? { tensors: new Map(), blockMs: new Map() };
    this.frames.delete(frame);
    return begun;
  }
}
