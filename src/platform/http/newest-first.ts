/** Pages of lists sorted newest first: cursors and the condition of the next page. */
import { z } from 'zod';
import { cursors } from './cursor.js';

/** PostgreSQL does not parse years of more than four digits as Prisma writes them. */
const LAST_MS = Date.UTC(9999, 11, 31);
const places = cursors(z.tuple([z.int().min(0).max(LAST_MS), z.string().min(1).max(64)]));

/** The last row of a page; ids order rows of the same ms. */
export interface NewestPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** The condition of the rows after a place, by `createdAt` and `id` descending; none without a place. */
export function isBehind(place: NewestPlace | undefined) {
  if (place === undefined) return {};
  const { createdAt, id } = place;
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] };
}

/** The place as the `next` of a page. */
export function newestCursor({ createdAt, id }: NewestPlace): string {
  return places.textOf([createdAt.getTime(), id]);
}

/** The place of a cursor. Throws REQUEST_INVALID. */
export function newestPlaceOf(cursor: string): NewestPlace {
  const [createdAtMs, id] = places.placeOf(cursor);
  return { createdAt: new Date(createdAtMs), id };
}
