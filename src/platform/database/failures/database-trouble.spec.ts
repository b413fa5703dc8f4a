import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { describe, expect, it } from 'vitest';
import { databaseTroubleOf, faultOfTrouble } from './database-trouble.js';

const raw = (code: string, text: string) =>
  new Error(`Raw query failed. Code: \`${code}\`. Message: \`${text}\``);
/** As the driver of PostgreSQL gives an error that Prisma has no name for. */
const postgres = (code: string, message: string) =>
  new DriverAdapterError({
    ...{ kind: 'postgres', code, severity: 'ERROR', message },
    ...{ detail: undefined, column: undefined, hint: undefined, originalCode: code },
    originalMessage: message,
  });
const sqlite = (extendedCode: number, message: string) =>
  new DriverAdapterError({ kind: 'sqlite', extendedCode, message });

describe('the trouble of a database', () => {
  it.each([
    ['full', 'DISK_FULL', false, raw('13', 'database or disk is full')],
    ['full', 'DISK_FULL', false, sqlite(13, 'SQLITE_FULL: database or disk is full')],
    ['full', 'DISK_FULL', true, raw('53100', 'could not extend file "base/1/2"')],
    ['full', 'DISK_FULL', true, postgres('53100', 'could not extend file "base/1/2"')],
    ['failing', 'DISK_FAILED', false, sqlite(778, 'SQLITE_IOERR_WRITE: disk I/O error')],
    ['failing', 'DISK_FAILED', false, raw('8', 'attempt to write a readonly database')],
    ['failing', 'DISK_FAILED', false, raw('14', 'unable to open database file')],
    ['failing', 'DISK_FAILED', false, raw('11', 'database disk image is malformed')],
    ['failing', 'DISK_FAILED', true, postgres('58030', 'could not read block 3')],
    [
      'failing',
      'DISK_FAILED',
      true,
      postgres('25006', 'cannot execute INSERT in a read-only transaction'),
    ],
    [
      'out of files',
      'FILES_EXHAUSTED',
      true,
      postgres('53000', 'out of file descriptors: Too many open files in system'),
    ],
    ['away', 'DATABASE_UNAVAILABLE', false, postgres('53300', 'sorry, too many clients already')],
    [
      'away',
      'DATABASE_UNAVAILABLE',
      false,
      new Error('outer', { cause: new Error('Query read timeout') }),
    ],
    ['away', 'DATABASE_UNAVAILABLE', false, Object.assign(new Error('no'), { code: 'P1001' })],
  ])('is that it is %s: %s', (_, code, isOfServer, error) => {
    const trouble = databaseTroubleOf(error);
    expect(trouble).toMatchObject({ code, isOfServer });
    if (trouble === undefined) return;
    const fault = faultOfTrouble(trouble, error);
    expect(fault).toMatchObject({ code, kind: 'unavailable', cause: error });
    expect(fault.retryAfterMs).toBe(code === 'DATABASE_UNAVAILABLE' ? 1_000 : undefined);
    expect(fault.message).toContain(isOfServer ? 'PostgreSQL server' : 'database');
  });

  it.each([
    raw('22003', 'integer out of range'),
    postgres('23514', 'violates a check'),
    sqlite(1, 'no such column: full'),
    new TypeError('a bug'),
    null,
    'database or disk is full',
  ])('is none: %s', (error) => {
    expect(databaseTroubleOf(error)).toBeUndefined();
  });
});
