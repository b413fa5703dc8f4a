/** Lists of values in conditions, in portions that every database takes. */

/** A statement of SQLite takes 999 parameters. Prisma divides a longer list only where nothing is ordered or summed up. */
const MAX_VALUES = 500;

/** The values in order, some at a time; nothing for none. */
export function* portionsOf<T>(values: readonly T[]): Generator<T[]> {
  for (let from = 0; from < values.length; from += MAX_VALUES) {
    yield values.slice(from, from + MAX_VALUES);
  }
}
