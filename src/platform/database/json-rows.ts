/**
 * Rows as the one JSON text that a statement takes apart again with json_each and `->>`.
 *
 * Half a surrogate pair is lawful in JSON and in a JavaScript string, but SQLite would make of it bytes that are no UTF-8,
 * and libSQL ends the process where it reads them.
 */

/** The JSON text of rows; half characters become U+FFFD. */
export function jsonRows(rows: readonly unknown[]): string {
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'string' ? wellFormed(value) : value,
  );
}

/** Node's own encoder puts U+FFFD in the place of what is no character. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
