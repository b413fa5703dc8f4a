/** Pages of things that are listed the newest first: where one ended, as the condition of the next page and as its cursor. */
import { Fault } from '../../wire/index.js';

/** The last row of a page; ids tell apart what was made in the same ms. */
export interface NewestPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** The condition of the rows behind a place, by `createdAt` and `id` descending; none without a place. */
export function isBehind(place: NewestPlace | undefined) {
  if (place === undefined) return {};
  const { createdAt, id } = place;
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] };
}

/** The place as the `next` of a page. */
export function newestCursor({ createdAt, id }: NewestPlace): string {
  return Buffer.from(`${createdAt.getTime()} ${id}`).toString('base64url');
}

/** The place a cursor stands for, of things with so many hexadecimal digits as ids; throws REQUEST_INVALID for text that is no cursor. */
export function newestPlaceOf(cursor: string, idDigits: number): NewestPlace {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, ms, id] = new RegExp(`^(\\d{1,15}) ([0-9a-f]{${idDigits}})$`).exec(text) ?? [];
  if (ms !== undefined && id !== undefined) return { createdAt: new Date(Number(ms)), id };
  throw new Fault('REQUEST_INVALID', 'cursor: is not one this service gave');
}
