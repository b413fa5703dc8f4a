import { describe, expect, it } from 'vitest';
import { restOf } from './interrupted.js';

/** Steps of a statement and its change: `+table a` adds, `-table a` removes, an empty text changes nothing. */
function rehearsal(...steps: readonly (readonly [string, string])[]) {
  const state = new Set(['table old']);
  const states = [new Set(state)];
  for (const [, change] of steps) {
    if (change.startsWith('+')) state.add(change.slice(1));
    if (change.startsWith('-')) state.delete(change.slice(1));
    states.push(new Set(state));
  }
  return { statements: steps.map(([statement]) => statement), states };
}
const rebuild = rehearsal(
  ['CREATE TABLE "new"', '+table new'],
  ['INSERT INTO "new" SELECT', ''],
  ['DROP TABLE "old"', '-table old'],
  ['CREATE INDEX "i"', '+index i'],
);

describe('an interrupted migration', () => {
  it.each([
    ['begins where nothing was done', ['table old'], 0],
    ['goes on after rows moved', ['table new'], 3],
    ['has nothing left when all was done', ['table new', 'index i'], 4],
    ['ignores what others made', ['table old', 'table other', 'index other'], 0],
  ])('%s', (_, actual, at) => {
    expect(restOf('m', rebuild, new Set(actual))).toEqual(rebuild.statements.slice(at));
  });

  it('moves rows again into the table it made, which is emptied first', () => {
    expect(restOf('m', rebuild, new Set(['table old', 'table new']))).toEqual([
      'DELETE FROM "new"',
      ...rebuild.statements.slice(1),
    ]);
  });

  it('rejects a state that no interruption leaves', () => {
    expect(() => restOf('m', rebuild, new Set(['index i']))).toThrow(
      expect.objectContaining({
        code: 'MIGRATION_FAILED',
        message: expect.stringMatching('backup'),
      }),
    );
  });

  it('does not repeat a statement that adds rows to a table of before', () => {
    const steps = rehearsal(['INSERT INTO "old" SELECT', ''], ['CREATE TABLE "b"', '+table b']);
    expect(() => restOf('m', steps, new Set(['table old']))).toThrow('may have run');
    expect(restOf('m', steps, new Set(['table old', 'table b']))).toEqual([]);
  });
});
