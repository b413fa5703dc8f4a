/**
 * A queue fair between devices by the time they are served, and aware of deadlines: the device that had the least is served
 * next, and among those who are about equal, the item that is due first. (Earliest eligible virtual deadline first, Stoica and
 * Abdel-Wahab 1995: a key that names short deadlines gets its share sooner, never more than its share and the slack.)
 *
 * A key's account is its time served; one that waited for nothing gains no credit by that: it begins again with those who
 * have had least. Choosing costs O(keys that wait); of equals the key that was served longest ago is taken.
 */

/** How far a key may be ahead of the least served one and still be chosen for its deadline. */
const SLACK_MS = 20;

export interface Queued {
  /** Its deadline, on any clock that is the same for all. */
  readonly expiresAtMs: number;
}

interface Account<T> {
  readonly items: T[];
  servedMs: number;
}

export class FairQueue<T extends Queued> {
  /** The key served longest ago comes first. */
  private readonly byKey = new Map<string, Account<T>>();
  private count = 0;
  /** What the least served of those who waited had at the last choice; never falls. */
  private leastMs = 0;

  get size(): number {
    return this.count;
  }

  /** Items waiting under a key. */
  sizeOf(key: string): number {
    return this.byKey.get(key)?.items.length ?? 0;
  }

  push(key: string, item: T): void {
    this.accountOf(key).items.push(item);
    this.count += 1;
  }

  /** Puts an item before all others of its key; nothing was done for it yet, so its key is taken as one served least. */
  pushFirst(key: string, item: T): void {
    const account = this.accountOf(key);
    account.items.unshift(item);
    account.servedMs = Math.min(account.servedMs, this.leastMs);
    this.count += 1;
  }

  /** Takes the oldest item of the key whose turn it is; undefined when there is none. */
  shift(): T | undefined {
    const waiting = [...this.byKey].filter(([, { items }]) => items.length > 0);
    if (waiting.length === 0) return undefined;
    const leastMs = Math.min(...waiting.map(([, { servedMs }]) => servedMs));
    this.leastMs = Math.max(this.leastMs, leastMs);
    const eligible = waiting.filter(([, { servedMs }]) => servedMs <= leastMs + SLACK_MS);
    const [key, account] = eligible.reduce((best, one) => (isBefore(one, best) ? one : best));
    this.byKey.delete(key);
    this.byKey.set(key, account);
    this.count -= 1;
    return account.items.shift();
  }

  /** Charges a key for what it is served. */
  charge(key: string, ms: number): void {
    const account = this.byKey.get(key);
    if (account !== undefined) account.servedMs += ms;
  }

  /** Takes out every item that fits. */
  removeWhere(fits: (item: T) => boolean): T[] {
    const removed: T[] = [];
    for (const { items } of this.byKey.values()) {
      removed.push(...items.filter(fits));
      const kept = items.filter((item) => !fits(item));
      if (kept.length < items.length) items.splice(0, items.length, ...kept);
    }
    this.count -= removed.length;
    return removed;
  }

  private accountOf(key: string): Account<T> {
    let account = this.byKey.get(key);
    if (account === undefined) {
      this.forgetIdle();
      account = { items: [], servedMs: this.leastMs };
      this.byKey.set(key, account);
    } else if (account.items.length === 0) {
      account.servedMs = Math.max(account.servedMs, this.leastMs);
    }
    return account;
  }

  /** Accounts that hold nothing: neither items nor time ahead of those who have had least. */
  private forgetIdle(): void {
    for (const [key, { items, servedMs }] of this.byKey) {
      if (items.length === 0 && servedMs <= this.leastMs) this.byKey.delete(key);
    }
  }
}

type Waiting = readonly [string, Account<Queued>];

function isBefore([, a]: Waiting, [, b]: Waiting): boolean {
  const dueMs = ({ items: [first] }: Account<Queued>): number => first?.expiresAtMs ?? Infinity;
  return dueMs(a) < dueMs(b);
}
