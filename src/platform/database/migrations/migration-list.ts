/** The migrations of a database, as they stand in the folder `prisma` of the project. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseKind } from '../location.js';

export interface Migration {
  /** Begins with the time of its making, so that names sort in the order of application. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the script, in hexadecimal digits, as Prisma notes it. */
  readonly checksum: string;
}

/** The folder `prisma` of the project, found from the sources and from the build. */
export function prismaFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'prisma', 'models'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no folder 'prisma' above ${import.meta.dirname}`);
    folder = parent;
  }
  return join(folder, 'prisma');
}

/** The folder with the migrations of a database. */
export function migrationsFolder(kind: DatabaseKind): string {
  return join(prismaFolder(), kind, 'migrations');
}

/** All migrations of a database, the oldest first. */
export function migrationsOf(kind: DatabaseKind): readonly Migration[] {
  const folder = migrationsFolder(kind);
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return names.map((name) => {
    const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}
