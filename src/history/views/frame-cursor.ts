/** Cursors of pages of frames. */
import { z } from 'zod';
import { cursors } from '../../platform/index.js';
import type { FramePlace } from '../frames/frames.store.js';

const places = cursors(z.tuple([z.int().min(-8.64e15).max(8.64e15), z.int().min(0)]));

export function cursorOf({ startedMs, seq }: FramePlace): string {
  return places.textOf([startedMs, seq]);
}

/** Throws REQUEST_INVALID. */
export function placeOf(cursor: string): FramePlace {
  const [startedMs, seq] = places.placeOf(cursor);
  return { startedMs, seq };
}
