/**
 * Names why a database cannot do a statement now: its disk has no room, its disk fails, or it does not answer.
 *
 * SQLite: primary result codes (sqlite.org/rescode.html), of which the low byte of an extended code is one.
 * PostgreSQL: SQLSTATE (appendix A of its manual).
 */
import { Fault, type FileFaultCode } from '../../../wire/index.js';

export interface DatabaseTrouble {
  readonly code: FileFaultCode | 'DATABASE_UNAVAILABLE';
  readonly text: string;
  /** True for the disk of a PostgreSQL server; that of SQLite is the data folder. */
  readonly isOfServer: boolean;
}

const FULL = 13;
/** READONLY, IOERR, CORRUPT, CANTOPEN, NOTADB. */
const FAILED: Readonly<Record<number, string>> = {
  8: 'the database file is read-only',
  10: 'the disk of the database reports an I/O error',
  11: 'the database file is damaged',
  14: 'a file of the database cannot be opened',
  26: 'the database file is damaged',
};
/** SQLite’s own words for these codes, where a driver passes on no code. */
const SQLITE_WORDS: readonly (readonly [RegExp, number])[] = [
  [/database or disk is full/, FULL],
  [/attempt to write a readonly database/, 8],
  [/disk I\/O error/, 10],
  [/database disk image is malformed/, 11],
  [/unable to open database file/, 14],
  [/file is not a database/, 26],
];
/** disk_full; io_error, data_corrupted, index_corrupted, read_only_sql_transaction. Open files: insufficient_resources. */
const SERVER: readonly (readonly [RegExp, DatabaseTrouble['code'], string])[] = [
  [/^53100$/, 'DISK_FULL', 'the disk of the PostgreSQL server has no room'],
  [/^(58030|XX001|XX002)$/, 'DISK_FAILED', 'the disk of the PostgreSQL server fails'],
  [/^25006$/, 'DISK_FAILED', 'the PostgreSQL server is read-only'],
];
const SERVER_FILES = /too many open files/i;

/** Prisma's P1xxx; PostgreSQL's classes 08, 53, 57 and 58 (connection, resources, operator, system); errors of sockets. */
const AWAY_CODE = /^(P1\d{3}|08\w{3}|53\w{3}|57\w{3}|58\w{3}|EPIPE|ECONN\w+|ETIMEDOUT)$/;
const AWAY_TEXT =
  /Connection terminated|Connection ended|timeout exceeded|Query read timeout|timeout expired|database is locked|(server has )?closed the connection|reach database server/i;
const RETRY_MS = 1_000;

interface Said {
  readonly codes: readonly string[];
  readonly text: string;
}

/** Undefined for any other error: a bug, or values that are rejected. Otherwise the same statement may succeed later. */
export function databaseTroubleOf(error: unknown): DatabaseTrouble | undefined {
  const { codes, text } = saidBy(error, 0);
  for (const code of codes) {
    const found = SERVER.find(([pattern]) => pattern.test(code));
    if (found !== undefined) return { code: found[1], text: found[2], isOfServer: true };
    if (code === '53000' && SERVER_FILES.test(text)) {
      const why = 'the PostgreSQL server has too many open files';
      return { code: 'FILES_EXHAUSTED', text: why, isOfServer: true };
    }
  }
  const ofFile = troubleOfCode(sqliteCode(codes, text));
  if (ofFile !== undefined) return ofFile;
  if (!codes.some((code) => AWAY_CODE.test(code)) && !AWAY_TEXT.test(text)) return undefined;
  return { code: 'DATABASE_UNAVAILABLE', text: 'the database does not answer', isOfServer: false };
}

/** The trouble that a result code of SQLite stands for, primary or extended; undefined for any other code. */
export function troubleOfCode(code: number | undefined): DatabaseTrouble | undefined {
  const primary = (code ?? 0) & 0xff;
  if (primary === FULL) {
    return { code: 'DISK_FULL', text: 'the disk of the database has no room', isOfServer: false };
  }
  const why = FAILED[primary];
  return why === undefined ? undefined : { code: 'DISK_FAILED', text: why, isOfServer: false };
}

/** The trouble as a fault; a database that is away may answer soon, a disk needs an operator. */
export function faultOfTrouble({ code, text }: DatabaseTrouble, cause: unknown): Fault {
  if (code === 'DATABASE_UNAVAILABLE') {
    return new Fault(code, `${text}; try again`, { cause, retryAfterMs: RETRY_MS });
  }
  return new Fault(code, text, { cause });
}

/** The primary code of SQLite: of the words first, as a number alone may be of another kind. */
function sqliteCode(codes: readonly string[], text: string): number | undefined {
  const worded = SQLITE_WORDS.find(([words]) => words.test(text))?.[1];
  if (worded !== undefined) return worded;
  const named = codes.find((code) =>
    /^SQLITE_(FULL|IOERR|READONLY|CORRUPT|CANTOPEN|NOTADB)/.test(code),
  );
  const names = ['FULL', 'IOERR', 'READONLY', 'CORRUPT', 'CANTOPEN', 'NOTADB'];
  const found = names.find((name) => named?.startsWith(`SQLITE_${name}`));
  return found === undefined ? undefined : [FULL, 10, 8, 11, 14, 26][names.indexOf(found)];
}

/** Codes and words of an error, of its causes, and of what Prisma keeps of its driver’s errors. */
function saidBy(error: unknown, depth: number): Said {
  if (typeof error !== 'object' || error === null || depth > 5) return { codes: [], text: '' };
  const { code, originalCode, message, originalMessage, cause, meta } = error as Partial<
    Record<string, unknown>
  >;
  const texts = [message, originalMessage].filter((one) => typeof one === 'string');
  const inText = texts.flatMap((one) =>
    [...one.matchAll(/Code: `(\w+)`/g)].map(([, found]) => found ?? ''),
  );
  const own = [code, originalCode].filter((one) => typeof one === 'string');
  const { driverAdapterError } = (meta ?? {}) as { driverAdapterError?: unknown };
  const inner = [cause, driverAdapterError].map((one) => saidBy(one, depth + 1));
  return {
    codes: [...own, ...inText, ...inner.flatMap(({ codes }) => codes)],
    text: [...texts, ...inner.map(({ text }) => text)].join('\n'),
  };
}
