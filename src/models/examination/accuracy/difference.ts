/** The difference of two tensors, which decides whether a split network equals the whole one. */

import { elementBytes, isSameType, numberAt, type Tensor } from '../../../wire/index.js';
import type { Rounding } from './rounding.js';

export interface Difference {
  /** Largest |a − b|; Number.MAX_VALUE where only one is finite, or where types differ. */
  readonly abs: number;
  /** abs over the largest finite magnitude in the expected tensor. */
  readonly rel: number;
}

/** Differences up to this part of the largest value are rounding; at fused boundaries there are none at all. */
export const TOLERATED_REL = 1e-4;

const NONE: Difference = { abs: 0, rel: 0 };
/** Not infinity, which JSON does not know. */
const MOST = Number.MAX_VALUE;
const ALL: Difference = { abs: MOST, rel: MOST };

/** Differences found before: comparing the same tensors again would take most of the time. */
const known = new WeakMap<Tensor, WeakMap<Tensor, Difference>>();

/** The difference between a tensor and what was expected; equal bits and two NaN have none. */
export function differenceOf(actual: Tensor | undefined, expected: Tensor): Difference {
  if (actual === undefined) return ALL;
  const ofActual = known.get(actual) ?? new WeakMap<Tensor, Difference>();
  const difference = ofActual.get(expected) ?? compared(actual, expected);
  known.set(actual, ofActual.set(expected, difference));
  return difference;
}

function compared(actual: Tensor, expected: Tensor): Difference {
  if (!isSameType(actual, expected)) return ALL;
  if (Buffer.compare(actual.data, expected.data) === 0) return NONE;
  const [read, bytes] = [numberAt[expected.dtype], elementBytes(expected.dtype)];
  const [a, b] = [dataViewOf(actual), dataViewOf(expected)];
  let abs = 0;
  let largest = 0;
  for (let at = 0; at < b.byteLength; at += bytes) {
    const [x, y] = [read(a, at), read(b, at)];
    if (Number.isFinite(y)) largest = Math.max(largest, Math.abs(y));
    if (!Object.is(x, y) && x !== y) {
      abs = Math.max(abs, Number.isFinite(x - y) ? Math.abs(x - y) : MOST);
    }
  }
  return { abs, rel: abs === 0 ? 0 : Math.min(MOST, abs / largest) };
}

/** The larger of two, field by field. */
export function larger(a: Difference, b: Difference): Difference {
  return { abs: Math.max(a.abs, b.abs), rel: Math.max(a.rel, b.rel) };
}

/**
 * The largest difference between tensors and the expected ones of the same names. Given the rounding of their values, a
 * difference that lies within it counts as none in relation to the largest value.
 */
export function largestDifference(
  actual: ReadonlyMap<string, Tensor>,
  expected: Iterable<readonly [string, Tensor]>,
  rounding?: Rounding,
): Difference {
  let all = NONE;
  for (const [name, tensor] of expected) {
    const difference = differenceOf(actual.get(name), tensor);
    const { abs, rel } = difference;
    const isRounding = rel > TOLERATED_REL && abs <= (rounding?.floorOf(name) ?? 0);
    all = larger(all, isRounding ? { abs, rel: 0 } : difference);
  }
  return all;
}

const dataViewOf = ({ data }: Tensor): DataView =>
  new DataView(data.buffer, data.byteOffset, data.byteLength);
