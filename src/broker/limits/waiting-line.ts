/**
 * A line of those who wait, fair by key: keys have their turns one after the other (round robin, as in RFC 970), and items of one key
 * come in order. A key with thousands of items delays an item of another key by one turn. O(1) for everything.
 */
export class WaitingLine<T> {
  /** The key whose turn is next comes first. */
  private readonly byKey = new Map<string, Set<T>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(key: string, item: T): void {
    const items = this.byKey.get(key) ?? new Set();
    if (items.size === 0) this.byKey.set(key, items);
    if (!items.has(item)) this.count += 1;
    items.add(item);
  }

  /** Removes an item that gave up; does nothing when it is not there. */
  remove(key: string, item: T): void {
    const items = this.byKey.get(key);
    if (items?.delete(item) !== true) return;
    this.count -= 1;
    if (items.size === 0) this.byKey.delete(key);
  }

  /** Takes the item whose turn it is; undefined when none waits. */
  next(): T | undefined {
    for (const [key, items] of this.byKey) {
      for (const item of items) {
        items.delete(item);
        this.count -= 1;
        this.byKey.delete(key);
        if (items.size > 0) this.byKey.set(key, items);
        return item;
      }
    }
    return undefined;
  }
}
