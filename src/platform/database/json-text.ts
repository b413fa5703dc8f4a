/**
 * Values as the JSON text that a statement takes apart again.
 *
 * Half a surrogate pair is lawful in JSON and in a JavaScript string, but SQLite would make of it bytes that are no UTF-8, and
 * libSQL ends the process where it reads them; PostgreSQL takes neither it nor the character 0. Both become U+FFFD.
 */

/** No character: one half of a pair without the other, or the character 0. */
const NO_CHARACTER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what has to be found
  /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|\u0000/g;

/** The JSON text of values; times as databases keep them. */
export function jsonText(values: unknown): string {
  const text = JSON.stringify(values);
  // What is no character is written as an escape, so a text without one is clean.
  return text.includes('\\u')
    ? JSON.stringify(JSON.parse(text, (_, value) => cleaned(value)))
    : text;
}

/** A text without what is no character. */
export function cleanText(text: string): string {
  return text.replace(NO_CHARACTER, '\uFFFD');
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [cleanText(key), one]));
}
