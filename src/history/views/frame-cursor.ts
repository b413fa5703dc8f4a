/** Where a page of frames ended, as a text the caller hands back unread. */
import { z } from 'zod';
import { Fault } from '../../wire/index.js';
import type { FramePlace } from '../frames/frames.store.js';

const content = z.tuple([z.int().min(-8.64e15).max(8.64e15), z.int().min(0)]);

/** The text of a place. */
export function cursorOf({ startedMs, seq }: FramePlace): string {
  return Buffer.from(JSON.stringify([startedMs, seq])).toString('base64url');
}

/** The place of a text; throws REQUEST_INVALID for one that was not made here. */
export function placeOf(cursor: string): FramePlace {
  try {
    const text = Buffer.from(cursor, 'base64url').toString('utf8');
    const [startedMs, seq] = content.parse(JSON.parse(text));
    return { startedMs, seq };
  } catch (error) {
    const text = 'cursor: is not the `next` of a page';
    throw new Fault('REQUEST_INVALID', text, { cause: error });
  }
}
