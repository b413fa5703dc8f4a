/** Separates outages of the database (away, full, too slow), which are worth a retry, from rejected values. */

/** Prisma's P1xxx; PostgreSQL's classes 08, 53, 57 and 58 (connection, resources, operator, system); SQLite's BUSY, IOERR, FULL, CANTOPEN. */
const OUTAGE_CODE = /^(P1\d{3}|08\w{3}|53\w{3}|57\w{3}|58\w{3}|EPIPE|ECONN\w+|ETIMEDOUT)$/;
const OUTAGE_TEXT =
  /Connection terminated|Connection ended|timeout exceeded|Query read timeout|timeout expired|Code: `(08|53|57|58)\w{3}`|database is locked|disk I\/O error|database or disk is full|unable to open database|readonly database|(server has )?closed the connection|reach database server/i;

/** True when the same statement may succeed later. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && OUTAGE_CODE.test(String(error.code))) return true;
  return OUTAGE_TEXT.test(error.message) || isOutage(error.cause);
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
