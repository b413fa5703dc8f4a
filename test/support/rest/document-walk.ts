/** Walks an OpenAPI document, for checks of what stands anywhere in it. */

export interface Found {
  /** Keys from the root of the document. */
  readonly place: readonly string[];
  readonly value: unknown;
}

/** Places where keys are names of parts, and no words of OpenAPI or JSON Schema. */
const NAMES = ['properties', 'schemas', 'paths', 'content', 'headers', 'responses'];
/** Places with values, of which nothing is a word of OpenAPI. */
const VALUES = ['example', 'examples', 'default', 'enum', 'const'];

/** Every value of a keyword, wherever it is one. */
export function* keywords(document: unknown, keyword: string): Generator<Found> {
  yield* search(document, keyword, []);
}

function* search(value: unknown, keyword: string, place: readonly string[]): Generator<Found> {
  if (typeof value !== 'object' || value === null) return;
  const hasNames = NAMES.includes(place.at(-1) ?? '') && !NAMES.includes(place.at(-2) ?? '');
  for (const [key, one] of Object.entries(value)) {
    const here = [...place, key];
    if (!hasNames && key === keyword) yield { place: here, value: one };
    if (hasNames || !VALUES.includes(key)) yield* search(one, keyword, here);
  }
}
