/** A queue that serves its keys in turn, so that a busy device delays only itself. */

export class FairQueue<T> {
  /** The key to be served next comes first. */
  private readonly byKey = new Map<string, T[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Items waiting under a key. */
  sizeOf(key: string): number {
    return this.byKey.get(key)?.length ?? 0;
  }

  push(key: string, item: T): void {
    const items = this.byKey.get(key);
    if (items === undefined) this.byKey.set(key, [item]);
    else items.push(item);
    this.count += 1;
  }

  /** Puts an item before all others of its key, and its key before all others. */
  pushFirst(key: string, item: T): void {
    const others = [...this.byKey].filter(([other]) => other !== key);
    const items = [item, ...(this.byKey.get(key) ?? [])];
    this.byKey.clear();
    for (const [one, its] of [[key, items] as const, ...others]) this.byKey.set(one, its);
    this.count += 1;
  }

  /** Takes the oldest item of the key that waited longest; undefined when there is none. */
  shift(): T | undefined {
    for (const [key, items] of this.byKey) {
      const item = items.shift();
      this.byKey.delete(key);
      if (items.length > 0) this.byKey.set(key, items);
      this.count -= 1;
      return item;
    }
    return undefined;
  }

  /** Takes out every item that fits. */
  removeWhere(fits: (item: T) => boolean): T[] {
    const removed: T[] = [];
    for (const [key, items] of this.byKey) {
      const kept = items.filter((item) => !fits(item));
      removed.push(...items.filter(fits));
      if (kept.length === 0) this.byKey.delete(key);
      else if (kept.length < items.length) this.byKey.set(key, kept);
    }
    this.count -= removed.length;
    return removed;
  }
}
