/** Presence that is newer than the database, as a table that queries join over the device rows. */
import { type Columns, type Dialect, Prisma } from '../../platform/index.js';

/** Undefined fields leave what the row has. */
export interface LiveState {
  readonly device: string;
  readonly state: string;
  readonly lastSeenAt: Date;
  readonly flappingUntil: Date | undefined;
  readonly agentVersion: string | undefined;
  readonly uplinkMsPerByte: number | undefined;
}

const COLUMNS = {
  device: 'text',
  state: 'text',
  lastSeenAt: 'time',
  flappingUntil: 'time',
  agentVersion: 'text',
  uplinkMsPerByte: 'real',
} as const satisfies Columns;
const FIELDS = Object.keys(COLUMNS) as (keyof LiveState)[];

/** The table `live`, for WITH. Materialized, so that SQLite indexes it instead of parsing it once a device. */
export function liveTable(dialect: Dialect, live: readonly LiveState[]): Prisma.Sql {
  const rows = live.map((one) => FIELDS.map((field) => one[field]));
  return Prisma.sql`live AS MATERIALIZED (SELECT * FROM ${dialect.rows('given', COLUMNS, rows)})`;
}

/** A column of device `d` with the value of `live` over it. */
export function liveColumn(name: Exclude<keyof LiveState, 'device'>): Prisma.Sql {
  return Prisma.raw(`coalesce(live."${name}", d."${name}")`);
}
