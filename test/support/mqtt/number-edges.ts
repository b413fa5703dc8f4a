/** Messages whose numbers stand at the edges of ranges, and far beyond. */
import { type Range, ranges, utf8 } from '../../../src/wire/index.js';

/** The way to a number in a JSON value. */
export type Place = readonly (string | number)[];

const MARK = '@number@';
/** A little beyond an edge. */
const beyond = (edge: number, sign: 1 | -1): number =>
  edge + sign * Math.max(1, Math.abs(edge) / 1e6);
const edgesOf = ({ min, max }: Range): number[] => [min, max, beyond(min, -1), beyond(max, 1)];

/** Numbers in the digits of JSON: some are beyond those that JavaScript writes, or reads. */
export const EDGES: readonly string[] = [
  ...new Set([
    ...['0', '-0', '-1', '1', '0.5', '1e-320', '5e-324', '-5e-324', '1e300', '-1e300'],
    ...['1.7976931348623157e308', '-1.7976931348623157e308', '1e309', '-1e309'],
    ...['2147483648', '4294967296', '9007199254740993', '-9007199254740993'],
    ...Object.values(ranges).flatMap(edgesOf).map(String),
  ]),
];

/** The places of all numbers of a JSON value but its format version. */
export function numberPlaces(value: unknown): Place[] {
  if (typeof value === 'number') return [[]];
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value).filter(([name]) => name !== 'v');
  return entries.flatMap(([name, one]) => numberPlaces(one).map((rest) => [name, ...rest]));
}

/** The value as JSON, with other digits at some places. */
export function withNumbers(value: object, digits: ReadonlyMap<Place, string>): Uint8Array {
  let text = JSON.stringify([...digits.keys()].reduce<unknown>(marked, value));
  // Marks are replaced in the order of the text, which is that of the places.
  for (const one of digits.values()) text = text.replace(`"${MARK}"`, one);
  return utf8.encode(text);
}

function marked(value: unknown, [name, ...rest]: Place): unknown {
  if (name === undefined) return MARK;
  if (Array.isArray(value)) return value.map((one, i) => (i === name ? marked(one, rest) : one));
  const given = value as Readonly<Record<string, unknown>>;
  return { ...given, [name]: marked(given[name], rest) };
}
