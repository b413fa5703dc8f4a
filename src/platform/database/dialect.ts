/**
 * SQL that differs between SQLite and PostgreSQL; all other SQL of the stores is the same for both.
 *
 * Many rows are written as one JSON text, and read as one: ten times faster than one parameter, or one row, each.
 */
import { Prisma } from './generated/sqlite/client.js';
import { jsonText } from './json-text.js';
import type { DatabaseKind } from './location.js';

/** The kind of a written column: bytes are given as hexadecimal digits, times as Date, JSON as values. */
export type ColumnKind = 'text' | 'integer' | 'real' | 'time' | 'json' | 'bytes';
export type Columns = Readonly<Record<string, ColumnKind>>;

export interface Dialect {
  readonly kind: DatabaseKind;
  /** Rows (values in the order of the columns) as a table of that name, for FROM. */
  rows(name: string, columns: Columns, rows: readonly (readonly unknown[])[]): Prisma.Sql;
  /** A query whose one row has, as `rows`, the JSON text of an array of arrays: the columns of `source`, a query, as it orders them. */
  collected(columns: readonly string[], source: Prisma.Sql): Prisma.Sql;
  /** The bytes of a column as hexadecimal digits. */
  hex(column: string): string;
  /** The path of a field in a JSON column, for Prisma's filters, which use another form for each database. */
  field(name: string): string;
}

const quoted = (name: string) => `"${name}"`;

/** A time as SQLite's driver writes it, so that both sort and compare alike; PostgreSQL reads it as UTC. */
const timeText = (time: unknown) =>
  time instanceof Date ? time.toISOString().replace('Z', '+00:00') : time;

/** The rows with times as text. */
function plain(columns: Columns, rows: readonly (readonly unknown[])[]) {
  const isTime = Object.values(columns).map((kind) => kind === 'time');
  if (!isTime.includes(true)) return rows;
  return rows.map((row) => row.map((value, index) => (isTime[index] ? timeText(value) : value)));
}

const sqlite: Dialect = {
  kind: 'sqlite',
  rows(name, columns, rows) {
    const values = Object.entries(columns).map(([column, kind], index) => {
      const value = `value ->> ${index}`;
      return `${kind === 'bytes' ? `unhex(${value})` : value} AS ${quoted(column)}`;
    });
    const list = Prisma.raw(values.join(', '));
    return Prisma.sql`(SELECT ${list} FROM json_each(${jsonText(plain(columns, rows))})) AS ${Prisma.raw(quoted(name))}`;
  },
  collected(columns, source) {
    const list = Prisma.raw(columns.join(', '));
    return Prisma.sql`SELECT json_group_array(json_array(${list})) AS "rows" FROM (${source})`;
  },
  hex: (column) => `hex(${quoted(column)})`,
  field: (name) => `$.${name}`,
};

const POSTGRESQL_TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  integer: 'bigint',
  real: 'double precision',
  time: 'timestamp(3)',
  json: 'jsonb',
  bytes: 'text',
};

const postgresql: Dialect = {
  kind: 'postgresql',
  rows(name, columns, rows) {
    const entries = Object.entries(columns);
    // Short keys: the text holds them once per row.
    const fields = entries.map(([, kind], index) => `c${index} ${POSTGRESQL_TYPES[kind]}`);
    const values = entries.map(([column, kind], index) => {
      return `${kind === 'bytes' ? `decode(c${index}, 'hex')` : `c${index}`} AS ${quoted(column)}`;
    });
    const named = plain(columns, rows).map((row) =>
      Object.fromEntries(row.map((value, i) => [`c${i}`, value])),
    );
    return Prisma.sql`(SELECT ${Prisma.raw(values.join(', '))}
      FROM json_to_recordset(${jsonText(named)}::json) AS given(${Prisma.raw(fields.join(', '))})
      ) AS ${Prisma.raw(quoted(name))}`;
  },
  collected(columns, source) {
    const list = Prisma.raw(columns.join(', '));
    return Prisma.sql`SELECT coalesce(json_agg(json_build_array(${list})), '[]')::text AS "rows" FROM (${source}) AS source`;
  },
  hex: (column) => `encode(${quoted(column)}, 'hex')`,
  field: (name) => [name] as unknown as string,
};

/** The dialect of a database. */
export function dialectOf(kind: DatabaseKind): Dialect {
  return kind === 'sqlite' ? sqlite : postgresql;
}

/** The condition that a column has one of some values; without values no row meets it. */
export function isOneOf(column: string, values: readonly string[]): Prisma.Sql {
  const name = Prisma.raw(`"${column}"`);
  if (values.length === 0) return Prisma.sql`1 = 0`;
  if (values.length === 1) return Prisma.sql`${name} = ${values[0]}`;
  return Prisma.sql`${name} IN (${Prisma.join([...values])})`;
}
