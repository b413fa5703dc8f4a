/** Separates outages of the database (away, full, too slow), which are worth a retry, from rejected values. */
import { databaseTroubleOf } from './database-trouble.js';

/** True when the same statement may succeed later. */
export function isOutage(error: unknown): boolean {
  return databaseTroubleOf(error) !== undefined;
}

/** Rows that the database always rejects; the message is that of the database. */
export class RowsRefused extends Error {
  override readonly name = 'RowsRefused';
}

/** PostgreSQL's classes 22 (data) and 23 (constraints), SQLite's constraints and types, Prisma's names for them. */
const REFUSAL =
  /Code: `(22|23)\w{3}`|Code: `(19|20|\d*(?:275|531|787|1043|1299|1555|1811|2067|2579|3091))`|SQLITE_(CONSTRAINT|MISMATCH)|P20(00|02|03|11|20)/;

/** True when the values are at fault, so that the same statement can never succeed. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || isOutage(error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return REFUSAL.test(code) || REFUSAL.test(error.message);
}
