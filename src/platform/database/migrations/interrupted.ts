/**
 * Where an interrupted migration of an earlier version goes on.
 *
 * Earlier versions committed each statement by itself, so a killed start left the first few. Which ones is read from the
 * tables, columns, indexes and constraints: the script is rehearsed on an empty database, and the state after each
 * statement is compared with what is there.
 */
import { Fault } from '../../../wire/index.js';

/** A script rehearsed: `states[k]` names all there is after the first k statements. */
export interface Rehearsal {
  readonly statements: readonly string[];
  readonly states: readonly ReadonlySet<string>[];
}

/** The name of a table in a state. */
export const tableItem = (name: string): string => `table ${name}`;

const INSERT = /^INSERT\s+INTO\s+"([^"]+)"/i;

/**
 * The statements that finish the migration, one transaction together. Throws MIGRATION_FAILED when the state is none that
 * an interrupted start leaves, or when a statement that may have run must not run twice.
 */
export function restOf(
  migration: string,
  { statements, states }: Rehearsal,
  actual: ReadonlySet<string>,
): readonly string[] {
  const known = new Set(states.flatMap((state) => [...state]));
  const seen = new Set([...actual].filter((item) => known.has(item)));
  const fitting = states.flatMap((state, k) => (isSame(state, seen) ? [k] : []));
  const [first, last = first] = [fitting[0], fitting.at(-1)];
  if (first === undefined || last === undefined || last - first >= fitting.length) {
    throw stuck(migration, 'its tables are in no state that an interruption leaves');
  }
  // Statements that change rows leave no trace in the tables: those between the first and the last state may have run.
  return statements.slice(first).flatMap((statement, i) => {
    if (first + i >= last) return [statement];
    const table = INSERT.exec(statement)?.[1];
    if (table !== undefined && !states[0]?.has(tableItem(table))) {
      // The migration made the table, so all rows of it are from this statement.
      return [`DELETE FROM "${table}"`, statement];
    }
    if (/^(UPDATE|PRAGMA)\b/i.test(statement)) return [statement];
    throw stuck(migration, 'a statement that changes rows may have run');
  });
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item));
}

function stuck(migration: string, why: string): Fault {
  const text = `migration ${migration} was interrupted by an earlier version, and ${why}; restore a backup from before the upgrade, then start again`;
  return new Fault('MIGRATION_FAILED', text);
}
