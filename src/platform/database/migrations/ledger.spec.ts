import { describe, expect, it } from 'vitest';
import { type LedgerRow, missingFrom } from './ledger.js';

const known = ['1_a', '2_b', '3_c'].map((name) => ({ name, sql: '', checksum: '' }));
const row = (name: string, more: Partial<LedgerRow> = {}): LedgerRow => ({
  ...{ name, isFinished: true, isRolledBack: false },
  ...more,
});
const interrupted = (name: string) => row(name, { isFinished: false });
const pendingOf = (rows: readonly LedgerRow[]) => {
  const { pending, ...rest } = missingFrom(known, rows);
  return { pending: pending.map(({ name }) => name), ...rest };
};

describe('the ledger of migrations', () => {
  it('names what is missing', () => {
    expect(pendingOf([])).toEqual({
      pending: ['1_a', '2_b', '3_c'],
      isInterrupted: false,
      newest: undefined,
    });
    expect(pendingOf([row('1_a')])).toMatchObject({ pending: ['2_b', '3_c'], newest: '1_a' });
    expect(pendingOf(known.map(({ name }) => row(name)))).toMatchObject({ pending: [] });
  });

  it('names an interrupted migration first', () => {
    expect(pendingOf([row('1_a'), interrupted('2_b')])).toEqual({
      pending: ['2_b', '3_c'],
      isInterrupted: true,
      newest: '1_a',
    });
  });

  it('leaves out what was rolled back, and rows of a migration that was applied later', () => {
    const rolledBack = row('2_b', { isFinished: false, isRolledBack: true });
    expect(pendingOf([row('1_a'), rolledBack])).toMatchObject({
      ...{ pending: ['2_b', '3_c'], isInterrupted: false },
    });
    expect(pendingOf([row('1_a'), interrupted('2_b'), row('2_b')])).toMatchObject({
      ...{ pending: ['3_c'], isInterrupted: false },
    });
  });

  it.each([
    ['finished', row('4_d')],
    ['interrupted', interrupted('4_d')],
  ])('rejects a database with a newer migration, %s', (_, newer) => {
    const rows = [...known.map(({ name }) => row(name)), newer];
    expect(() => missingFrom(known, rows)).toThrow(
      expect.objectContaining({ code: 'DATABASE_NEWER', message: expect.stringMatching('4_d') }),
    );
  });

  it.each([
    ['a gap', [row('2_b')]],
    ['two interrupted migrations', [interrupted('1_a'), interrupted('2_b')]],
    ['an interrupted one after a missing one', [interrupted('2_b')]],
  ])('rejects %s', (_, rows) => {
    expect(() => missingFrom(known, rows)).toThrow(
      expect.objectContaining({ code: 'MIGRATION_FAILED' }),
    );
  });
});
