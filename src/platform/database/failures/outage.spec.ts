import { describe, expect, it } from 'vitest';
import { isOutage, isRefusal } from './outage.js';

const raw = (code: string, text: string) =>
  new Error(`Raw query failed. Code: \`${code}\`. Message: \`${text}\``);

describe('an error of a database', () => {
  it.each([
    new Error('Connection terminated unexpectedly'),
    raw('N/A', 'Server has closed the connection.'),
    raw('57P01', 'terminating connection due to administrator command'),
    raw('53100', 'could not extend file'),
    raw('13', 'database or disk is full'),
    raw('1811', 'SQLITE_CONSTRAINT: database or disk is full'),
    Object.assign(new Error('no'), { code: 'P1001' }),
    new Error('outer', { cause: new Error('Query read timeout') }),
  ])('is an outage: %s', (error) => {
    expect([isOutage(error), isRefusal(error)]).toEqual([true, false]);
  });

  it.each([
    raw('22003', 'integer out of range'),
    raw('1555', 'SQLITE_CONSTRAINT: UNIQUE constraint failed: Frame.seq'),
    Object.assign(new Error('no'), { code: 'P2003' }),
  ])('is a rejection of values: %s', (error) => {
    expect([isOutage(error), isRefusal(error)]).toEqual([false, true]);
  });

  it.each([raw('42P01', 'relation does not exist'), new TypeError('a bug')])(
    'is neither: %s',
    (error) => {
      expect([isOutage(error), isRefusal(error)]).toEqual([false, false]);
    },
  );
});
