/**
 * The statements of a migration of an earlier version.
 *
 * Only the recovery of an interrupted migration needs them one by one; otherwise the database takes the script as a whole.
 */

/** A comment, a quoted text or name, the end of a statement, or any other character. */
const TOKEN = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[\s\S]/g;

/** Splits a script at the semicolons that end statements: not those in comments, texts and names. Comments are removed. */
export function statementsOf(script: string): readonly string[] {
  const statements = [''];
  for (const [token] of script.matchAll(TOKEN)) {
    if (token === ';') statements.push('');
    else if (!/^(--|\/\*)/.test(token)) statements[statements.length - 1] += token;
    else statements[statements.length - 1] += ' ';
  }
  return statements.map((one) => one.trim()).filter((one) => one !== '');
}

/** True when the migration makes a table again: rows move, and need room for both tables. */
export function rebuildsTables({ sql }: { readonly sql: string }): boolean {
  return statementsOf(sql).some((statement) => /^DROP\s+TABLE\b/i.test(statement));
}
