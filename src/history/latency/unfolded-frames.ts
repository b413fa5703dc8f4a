/** The frames that no roll-up holds: those behind the number up to which all are folded, but for what was folded since. */
import { setImmediate as othersRun } from 'node:timers/promises';
import { linkClassOf } from '../../wire/index.js';
import type { FramesStore, FrameTimes } from '../frames/frames.store.js';
import { fits } from '../rollups/cells.js';
import type { KnownKeys } from '../rollups/known-keys.js';
import { floorTo, type RollupSpan } from '../rollups/rollup-levels.js';
import { rollupName, type StoredRollup } from '../rollups/rollups.store.js';
import { ownerOf, type Scope, spanAt } from './rollup-spans.js';

/** Frames that are read at a time. */
export const PAGE_FRAMES = 2_000;

/** A frame and the start of the roll-up it will be in. */
export interface UnfoldedFrame {
  readonly frame: FrameTimes;
  readonly startMs: number;
}

export class UnfoldedFrames {
  /** Roll-ups that were folded further than the number, by name, with the last frame in them. */
  private readonly ahead = new Map<string, number>();

  constructor(
    private readonly frames: FramesStore,
    private readonly keys: KnownKeys,
    private readonly foldedSeq: number,
  ) {}

  /** Notes a roll-up that was read: the frames in it are folded. */
  noteRead(rollup: StoredRollup): void {
    if (rollup.seq > this.foldedSeq) this.ahead.set(rollupName(rollup), rollup.seq);
  }

  /** Those a question means, in pages; call it when all roll-ups were read. */
  async *pages(spans: readonly RollupSpan[], scope: Scope): AsyncGenerator<UnfoldedFrame[]> {
    const isFleet = ownerOf(scope) === 'fleet';
    const isMeant = frameTest(scope);
    // Only a question that names a model or a plan depends on what a frame counts under.
    const isByKey = scope.models !== undefined || scope.planVersion !== undefined;
    const unfoldedOf = (frame: FrameTimes): UnfoldedFrame[] => {
      const { startedMs } = frame;
      const span = spanAt(spans, startedMs);
      if (span === undefined || !isMeant(frame)) return [];
      const startMs = floorTo(startedMs, span.levelMs);
      const device = isFleet ? undefined : frame.device;
      const heldSeq = this.ahead.get(rollupName({ device, levelMs: span.levelMs, startMs })) ?? 0;
      return frame.seq > heldSeq ? [{ frame, startMs }] : [];
    };
    for (let seq = this.foldedSeq; ; ) {
      const page = await this.frames.arrivals(seq, PAGE_FRAMES);
      yield (isByKey ? await this.keys.of(page) : page).flatMap(unfoldedOf);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_FRAMES) return;
      seq = last.seq;
      await othersRun();
    }
  }
}

/** True for the frames a question means, whenever they began. */
function frameTest(scope: Scope): (frame: FrameTimes) => boolean {
  const devices = scope.devices === undefined ? undefined : new Set(scope.devices);
  return (frame) =>
    (devices === undefined || devices.has(frame.device)) &&
    fits(scope, { ...frame, link: linkClassOf(frame.uplinkMsPerByte) });
}
