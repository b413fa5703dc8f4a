/**
 * Sets of whole numbers from 0, a bit each: a closure over n units takes n² / 8 bytes.
 *
 * Sets that meet in one operation have the same size.
 */

/** 32 members a word. */
export type BitSet = Uint32Array;

/** An empty set for members below `size`. */
export function bitSet(size: number): BitSet {
  return new Uint32Array(Math.ceil(size / 32));
}

/** Whether a number is a member. */
export function hasBit(set: BitSet, member: number): boolean {
  return (((set[member >>> 5] ?? 0) >>> (member & 31)) & 1) === 1;
}

/** Adds one member. */
export function addBit(set: BitSet, member: number): void {
  set[member >>> 5] = (set[member >>> 5] ?? 0) | (1 << (member & 31));
}

/** Adds all members of another set. O(size / 32) */
export function addBits(set: BitSet, others: BitSet): void {
  for (let word = 0; word < set.length; word++) {
    set[word] = (set[word] ?? 0) | (others[word] ?? 0);
  }
}

/** Calls back with every member by rising number, only those of `within` where it is given. */
export function forEachBit(set: BitSet, visit: (member: number) => void, within?: BitSet): void {
  for (let word = 0; word < set.length; word++) {
    let bits = (set[word] ?? 0) & (within === undefined ? -1 : (within[word] ?? 0));
    for (; bits !== 0; bits &= bits - 1) {
      visit(32 * word + 31 - Math.clz32(bits & -bits));
    }
  }
}

/** How many members of a set another one holds, looking at words `from` to `to` only. */
export function countCommon(one: BitSet, other: BitSet, from = 0, to = one.length - 1): number {
  let count = 0;
  for (let word = from; word <= to; word++) {
    count += bitsIn((one[word] ?? 0) & (other[word] ?? 0));
  }
  return count;
}

/** Population count of a 32-bit word (Warren, Hacker's Delight, 5-1). */
function bitsIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
