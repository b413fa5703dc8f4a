import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WaitingLine } from './waiting-line.js';

describe('WaitingLine', () => {
  it('gives every key its turn, and the items of a key in order', () => {
    const line = new WaitingLine<string>();
    for (const item of ['a1', 'a2', 'a3']) line.add('a', item);
    line.add('b', 'b1');
    expect(line.next()).toBe('a1');
    line.add('c', 'c1');
    expect([line.next(), line.next(), line.next(), line.next()]).toEqual(['b1', 'a2', 'c1', 'a3']);
    expect([line.next(), line.size]).toEqual([undefined, 0]);
  });

  it('delays the first item of a key by one turn of every other key, however many items those have', () => {
    const line = new WaitingLine<string>();
    for (let i = 0; i < 1000; i++) line.add('many', `many-${i}`);
    expect(line.next()).toBe('many-0');
    line.add('one', 'first');
    expect([line.next(), line.next()]).toEqual(['many-1', 'first']);
  });

  it('returns every item once that was added and not removed', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      item: fc.nat(20),
      does: fc.constantFrom('add', 'remove'),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const line = new WaitingLine<string>();
        const expected = new Set<string>();
        for (const { key, item, does } of steps) {
          const name = `${key}${item}`;
          line[does](key, name);
          expected[does === 'add' ? 'add' : 'delete'](name);
        }
        expect(line.size).toBe(expected.size);
        const taken = Array.from({ length: expected.size }, () => line.next());
        expect(new Set(taken)).toEqual(expected);
        expect(line.next()).toBeUndefined();
      }),
    );
  });
});
