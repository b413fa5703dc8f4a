import { describe, expect, it } from 'vitest';
import { migrationsOf } from './migration-list.js';
import { rebuildsTables, statementsOf } from './statements.js';

describe('the statements of a script', () => {
  it.each([
    ['a comment', 'SELECT 1; -- two; halves\nSELECT 2', ['SELECT 1', 'SELECT 2']],
    ['a block comment', 'SELECT /* ; */ 1;;', ['SELECT   1']],
    [
      'a text',
      `INSERT INTO a VALUES ('x;''y;'); SELECT 2;`,
      [`INSERT INTO a VALUES ('x;''y;')`, 'SELECT 2'],
    ],
    ['a name', 'SELECT "a;""b"', ['SELECT "a;""b"']],
    ['a text like a comment', `SELECT '--'; SELECT 2`, [`SELECT '--'`, 'SELECT 2']],
  ])('do not end at a semicolon in %s', (_, script, expected) => {
    expect(statementsOf(script)).toEqual(expected);
  });

  it('show whether rows move to another table', () => {
    const names = migrationsOf('sqlite')
      .filter(rebuildsTables)
      .map(({ name }) => name);
    expect(names).toContain('20261123133000_history_in_ms');
    expect(names).not.toContain('20261123193000_groups_and_tags');
  });
});

describe.each(['sqlite', 'postgresql'] as const)('the migrations of %s', (kind) => {
  it('run in one transaction', () => {
    const alone = /^(BEGIN|COMMIT|END|ROLLBACK|VACUUM|ATTACH|ALTER\s+TYPE)\b|\bCONCURRENTLY\b/i;
    const found = migrationsOf(kind).flatMap(({ name, sql }) =>
      statementsOf(sql)
        .filter((statement) => alone.test(statement))
        .map((statement) => `${name}: ${statement}`),
    );
    expect(found).toEqual([]);
  });
});
