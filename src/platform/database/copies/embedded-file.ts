/** Copies and checks of an embedded database file. A copy has its name only when it is complete, checked and on the disk. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';

export type Connection = InstanceType<typeof Libsql>;

const WAIT_MS = 5_000;
/** Findings of a check that are shown. */
const SHOWN = 20;

/** Opens a file to copy it. SQLite rejects a copy from a connection that must not write. */
export function openToCopy(file: string): Connection {
  return new Libsql(file, { timeout: WAIT_MS });
}

/** Opens a file for reading; statements that write are rejected. */
export function openToRead(file: string): Connection {
  const database = openToCopy(file);
  database.exec('PRAGMA query_only = ON');
  return database;
}

/** Damage of the structure, at most twenty lines; none when the file is sound. Throws when it is no database. */
export function damageIn(database: Connection): readonly string[] {
  const rows = database.prepare(`PRAGMA integrity_check(${SHOWN})`).all();
  return (rows as { integrity_check: string }[])
    .map((row) => row.integrity_check)
    .filter((text) => text !== 'ok');
}

/** Rows whose device or model is not there, as one line for each pair of tables. */
export function orphansIn(database: Connection): readonly string[] {
  const found = database
    .prepare(
      `SELECT "table" AS "name", "parent", count(*) AS "rows" FROM pragma_foreign_key_check
       GROUP BY 1, 2 LIMIT ${SHOWN}`,
    )
    .all() as { name: string; parent: string; rows: number }[];
  return found.map(
    ({ name, parent, rows }) => `${name}: ${rows} rows refer to no row of ${parent}`,
  );
}

/** The number of rows of each table. */
export function rowsIn(database: Connection): ReadonlyMap<string, number> {
  const tables = database
    .prepare(
      `SELECT "name" FROM sqlite_schema WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all() as { name: string }[];
  return new Map(
    tables.map(({ name }) => {
      const { n } = database.prepare(`SELECT count(*) AS "n" FROM "${name}"`).get() as {
        n: number;
      };
      return [name, n];
    }),
  );
}

/** Bytes of the database without its unused pages: the size of a copy. */
export function bytesOf(database: Connection): number {
  const number = (name: string) =>
    Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0] as number;
  return (number('page_count') - number('freelist_count')) * number('page_size');
}

/**
 * Copies an open database into a new file, checks the copy and gives it its name. Other connections may read and write
 * meanwhile: the copy is of one moment. Throws the database's error, also when the copy is not sound.
 */
export function copyInto(database: Connection, file: string): void {
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  try {
    database.prepare('VACUUM INTO ?').run(partial);
    checkCopy(partial);
    sync(partial);
    renameSync(partial, file);
    sync(dirname(file));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function checkCopy(file: string): void {
  const copy = openToRead(file);
  try {
    const [damage] = damageIn(copy);
    if (damage !== undefined) throw new Error(`the copy is malformed: ${damage}`);
  } finally {
    copy.close();
  }
}

/** Waits until a file, or the names in a folder, are on the disk. */
export function sync(path: string): void {
  const opened = openSync(path, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
