/**
 * Writes the rows of many devices in one statement. A row that the database rejects does not keep out the others.
 *
 * When a statement is rejected, its rows are halved until the rejected ones are alone: at most 2 · r · ⌈log₂ n⌉ + 1 statements
 * for r rejected ones of n, and one where nothing is rejected.
 */
import { isRefusal } from './outage.js';

/** A row that the database rejects, and why. */
export interface RejectedItem<T> {
  readonly item: T;
  readonly error: unknown;
}

/** Returns the rejected items, in their order; all others are written. Rejects with any other error, such as an outage. */
export async function writeApart<T>(
  items: readonly T[],
  write: (some: readonly T[]) => Promise<unknown>,
): Promise<readonly RejectedItem<T>[]> {
  const rejected: RejectedItem<T>[] = [];
  // The next one last.
  const parts: (readonly T[])[] = [items];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.length === 0) continue;
    try {
      await write(part);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const [item] = part;
      if (part.length === 1 && item !== undefined) rejected.push({ item, error });
      else parts.push(...halvesOf(part).reverse());
    }
  }
  return rejected;
}

/** Two parts of nearly the same length, in order. */
export function halvesOf<T>(items: readonly T[]): [readonly T[], readonly T[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
