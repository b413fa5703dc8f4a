import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBit, addBits, bitSet, countCommon, forEachBit, hasBit } from './bit-set.js';

const SIZE = 130;
const members = fc.uniqueArray(fc.nat({ max: SIZE - 1 }));

function setOf(numbers: readonly number[]): ReturnType<typeof bitSet> {
  const set = bitSet(SIZE);
  for (const one of numbers) addBit(set, one);
  return set;
}

describe('a set of bits', () => {
  it('holds what a Set of numbers holds', () => {
    fc.assert(
      fc.property(members, members, (some, others) => {
        const [one, other] = [setOf(some), setOf(others)];
        const common = some.filter((member) => others.includes(member));
        expect(countCommon(one, other)).toBe(common.length);
        const met: number[] = [];
        forEachBit(one, (member) => met.push(member), other);
        expect(met).toEqual(common.toSorted((a, b) => a - b));
        addBits(one, other);
        for (let i = 0; i < SIZE; i++) {
          expect(hasBit(one, i)).toBe(some.includes(i) || others.includes(i));
        }
      }),
    );
  });
});
