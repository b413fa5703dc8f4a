/** Pages of lists sorted newest first: cursors and the condition of the next page. */
import { Fault } from '../../wire/index.js';

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
  return Buffer.from(`${createdAt.getTime()} ${id}`).toString('base64url');
}

/** The place of a cursor, for ids of `idDigits` hexadecimal digits. Throws REQUEST_INVALID when the cursor is invalid. */
export function newestPlaceOf(cursor: string, idDigits: number): NewestPlace {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, ms, id] = new RegExp(`^(\\d{1,15}) ([0-9a-f]{${idDigits}})$`).exec(text) ?? [];
  if (ms !== undefined && id !== undefined) return { createdAt: new Date(Number(ms)), id };
  throw new Fault('REQUEST_INVALID', 'cursor: invalid');
}
