/** Tells a database that is away, full or too slow from a statement that is wrong: only the first is worth another try. */

/** Prisma's P1xxx; PostgreSQL's classes 08, 53, 57 and 58 (connection, resources, operator, system); SQLite's BUSY, IOERR, FULL, CANTOPEN. */
const OUTAGE_CODE = /^(P1\d{3}|08\w{3}|53\w{3}|57\w{3}|58\w{3}|EPIPE|ECONN\w+|ETIMEDOUT)$/;
const OUTAGE_TEXT =
  /Connection terminated|Connection ended|timeout exceeded|Query read timeout|timeout expired|Code: `(08|53|57|58)\w{3}`|database is locked|disk I\/O error|database or disk is full|unable to open database|readonly database|server closed the connection/i;

/** True when the same statement may succeed later. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && OUTAGE_CODE.test(String(error.code))) return true;
  return OUTAGE_TEXT.test(error.message) || isOutage(error.cause);
}
