/**
 * Values as JSON text for a statement.
 *
 * A lone surrogate is valid in JSON and in a JavaScript string, but SQLite stores it as invalid UTF-8, and libSQL ends the
 * process when it reads that. PostgreSQL accepts neither it nor the character 0. Both become U+FFFD.
 */

/** Invalid characters: a lone surrogate, or the character 0. */
const INVALID_CHARACTER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern has to find it
  /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|\u0000/g;

/** The JSON text of values; times as databases store them. */
export function jsonText(values: unknown): string {
  const text = JSON.stringify(values);
  // Invalid characters are written as escapes, so a text without one is clean.
  return text.includes('\\u')
    ? JSON.stringify(JSON.parse(text, (_, value) => cleaned(value)))
    : text;
}

/** A text without invalid characters. */
export function cleanText(text: string): string {
  return text.replace(INVALID_CHARACTER, '\uFFFD');
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [cleanText(key), one]));
}
