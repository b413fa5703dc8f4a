/** Cursors of pages: the place where a page ended, as text that a client sends back unread. */
import type { z } from 'zod';
import { Fault } from '../../wire/index.js';

export interface Cursors<Place> {
  /** The `next` of a page that ended at a place. */
  textOf(place: Place): string;
  /** Throws REQUEST_INVALID. */
  placeOf(cursor: string): Place;
}

/** The cursors of one list; `place` is a schema of plain JSON values. */
export function cursors<Place>(place: z.ZodType<Place>): Cursors<Place> {
  return {
    textOf: (at) => Buffer.from(JSON.stringify(at)).toString('base64url'),
    placeOf(cursor) {
      try {
        return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
      } catch (cause) {
        throw new Fault('REQUEST_INVALID', 'cursor: invalid', { cause });
      }
    },
  };
}
