import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

interface Item {
  readonly name: string;
  readonly expiresAtMs: number;
}

/** `a1` is an item of key a; all are due at the same time by default. */
function queueOf(names: readonly string[], dueMs: Readonly<Record<string, number>> = {}) {
  const queue = new FairQueue<Item>();
  for (const name of names) push(queue, name, dueMs[name]);
  return queue;
}

function push(queue: FairQueue<Item>, name: string, expiresAtMs = 1000): void {
  queue.push(name.charAt(0), { name, expiresAtMs });
}

/** Takes items, each charged by its key. */
function served(queue: FairQueue<Item>, costMs: (key: string) => number, most = Infinity) {
  const names: string[] = [];
  while (names.length < most) {
    const item = queue.shift();
    if (item === undefined) break;
    names.push(item.name);
    queue.charge(item.name.charAt(0), costMs(item.name.charAt(0)));
  }
  return names;
}

const counted = (names: readonly string[], key: string): number =>
  names.filter((name) => name.startsWith(key)).length;

const many = (key: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${key}${i}`);

describe('a fair queue', () => {
  it('serves keys of equal cost in turn, each in its own order', () => {
    const queue = queueOf(['a1', 'a2', 'a3', 'b1', 'c1', 'b2']);
    expect(queue.size).toBe(6);
    expect(queue.sizeOf('a')).toBe(3);
    expect(served(queue, () => 50)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('shares time, not turns: a key of short items is served more of them', () => {
    const queue = queueOf([...many('a', 100), ...many('b', 100)]);
    const names = served(queue, (key) => (key === 'a' ? 90 : 30), 80);
    expect(counted(names, 'b') / counted(names, 'a')).toBeCloseTo(3, 0);
  });

  it('serves first, of those who have had about as much, what is due first', () => {
    const queue = queueOf(['a1', 'b1', 'c1'], { c1: 10 });
    expect(served(queue, () => 10)).toEqual(['c1', 'a1', 'b1']);
  });

  it('gives no device more than a share for short deadlines', () => {
    const dueMs = Object.fromEntries(many('a', 100).map((name, i) => [name, i]));
    const queue = queueOf([...many('a', 100), ...many('b', 100)], dueMs);
    const names = served(queue, () => 10, 100);
    expect(counted(names, 'a') - counted(names, 'b')).toBeLessThanOrEqual(4);
  });

  it('gives a key no credit for the time it waited for nothing', () => {
    const queue = queueOf(many('a', 200));
    served(queue, () => 10, 100);
    for (const name of many('b', 50)) push(queue, name);
    const names = served(queue, () => 10, 40);
    expect(Math.abs(counted(names, 'a') - counted(names, 'b'))).toBeLessThanOrEqual(4);
  });

  it('does not forget what a key has had because it waited for nothing in between', () => {
    const queue = queueOf(['a1', 'b1', 'b2']);
    expect(served(queue, () => 100, 1)).toEqual(['a1']);
    push(queue, 'a2');
    expect(served(queue, () => 100, 1)).toEqual(['b1']);
  });

  it('serves early what was put back', () => {
    const queue = queueOf(['a1', 'b1', 'b2']);
    const [first] = [queue.shift()];
    queue.charge('a', 100);
    if (first !== undefined) queue.pushFirst('a', first);
    expect(served(queue, () => 50, 2)).toEqual(['b1', 'a1']);
  });

  it('takes out what fits', () => {
    const queue = queueOf(['a1', 'b1', 'a2', 'b2']);
    const removed = queue.removeWhere(({ name }) => name.endsWith('1')).map(({ name }) => name);
    expect(removed.toSorted()).toEqual(['a1', 'b1']);
    expect(queue.size).toBe(2);
    expect(served(queue, () => 1).toSorted()).toEqual(['a2', 'b2']);
  });
});
