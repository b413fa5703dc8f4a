/** The water marks of the history in the database: from when on each of its parts is whole. */
import { type Columns, type Database, Prisma } from '../../platform/database/index.js';
import { rollupLevels } from './rollup-levels.js';

/** Frames count by their receipt, roll-ups and the days of traffic by their start; the fleet since its first enrolment ever. */
export const markedParts = [
  'frames',
  ...rollupLevels.map(({ name }) => name),
  'traffic',
  'fleet',
] as const satisfies readonly string[];
export type MarkedPart = (typeof markedParts)[number];

/**
 * In ms since 1970: everything from there on is in the part, and nothing that began earlier is written to it. That of the fleet is 0
 * until a frame was folded.
 */
export type Marks = Readonly<Record<MarkedPart, number>>;
/** null: an earlier version wrote the part and left no mark. */
export type StoredMarks = Readonly<Record<MarkedPart, number | null>>;

const COLUMNS = { part: 'text', fromMs: 'integer' } as const satisfies Columns;

export class MarksStore {
  constructor(private readonly database: Database) {}

  /** A part without a row was never shortened: its mark is 0. */
  async read(): Promise<StoredMarks> {
    const rows = await this.database.client.historyMark.findMany();
    const found = new Map(rows.map(({ part, fromMs }) => [part, fromMs]));
    const entries = markedParts.map((part) => {
      const fromMs = found.get(part) ?? (found.has(part) ? null : 0);
      return [part, fromMs === null ? null : Number(fromMs)] as const;
    });
    return Object.fromEntries(entries) as StoredMarks;
  }

  /** Writes some marks in one statement, in place of those there are. */
  async save(marks: Partial<Marks>): Promise<void> {
    const { client, dialect } = this.database;
    const rows = Object.entries(marks);
    if (rows.length === 0) return;
    await client.$executeRaw(Prisma.sql`
      INSERT INTO "HistoryMark" ("part", "fromMs")
      SELECT "part", "fromMs" FROM ${dialect.rows('given', COLUMNS, rows)} WHERE true
      ON CONFLICT ("part") DO UPDATE SET "fromMs" = excluded."fromMs"`);
  }
}

/** The marks where they are known; a part whose mark is to be measured takes everything meanwhile, as the earlier version did. */
export function marksForWriting(stored: StoredMarks): Marks {
  const entries = markedParts.map((part) => [part, stored[part] ?? 0] as const);
  return Object.fromEntries(entries) as Marks;
}
