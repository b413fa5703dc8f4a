import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

function emptied(queue: FairQueue<string>): string[] {
  const items: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item);
  return items;
}

describe('a fair queue', () => {
  it('serves its keys in turn, each in its own order', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) queue.push(item.charAt(0), item);
    expect(queue.size).toBe(6);
    expect(queue.sizeOf('a')).toBe(3);
    expect(emptied(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('serves first what was put first', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'b1', 'b2']) queue.push(item.charAt(0), item);
    queue.pushFirst('b', 'b0');
    expect(emptied(queue)).toEqual(['b0', 'a1', 'b1', 'b2']);
  });

  it('takes out what fits', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'b1', 'a2', 'b2']) queue.push(item.charAt(0), item);
    expect(queue.removeWhere((item) => item.endsWith('1')).toSorted()).toEqual(['a1', 'b1']);
    expect(queue.size).toBe(2);
    expect(emptied(queue).toSorted()).toEqual(['a2', 'b2']);
  });
});
