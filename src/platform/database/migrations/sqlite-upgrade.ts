/** An upgrade of the embedded database: what is missing, a copy of what is there, then the migrations. */
import { closeUpgrade, copyForUpgrade } from '../copies/upgrade-copies.js';
import type { Migration } from './migration-list.js';
import { secondsSince, type UpgradeNews } from './news.js';
import {
  faultOf,
  holdsRows,
  migrateSqlite,
  missingFromSqlite,
  openForMigrations,
} from './sqlite-migrations.js';
import { rebuildsTables } from './statements.js';

export interface SqliteUpgrade {
  readonly file: string;
  readonly known: readonly Migration[];
  readonly isCopied: boolean;
}

/** How much an upgrade does: nothing, migrations of an empty database, or a change of rows. */
export function sizeOfUpgrade({ file, known }: SqliteUpgrade): 'none' | 'empty' | 'rows' {
  const database = openForMigrations(file);
  try {
    if (missingFromSqlite(database, known).pending.length === 0) return 'none';
    return holdsRows(database) ? 'rows' : 'empty';
  } finally {
    database.close();
  }
}

/** Upgrades on the calling thread; the names of what was applied. Throws the faults of migrateSqlite. */
export function upgradeSqlite(
  { file, known, isCopied }: SqliteUpgrade,
  report: (news: UpgradeNews) => void,
): readonly string[] {
  const database = openForMigrations(file);
  try {
    const missing = missingFromSqlite(database, known);
    // With a write-ahead log a loss of power may undo whole migrations, and the end of the upgrade waits for the disk once.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    if (isCopied && holdsRows(database)) {
      const isRebuild = missing.pending.some(rebuildsTables);
      const beganMs = performance.now();
      const { copy, isNew } = copied(() =>
        copyForUpgrade(database, { file, newest: missing.newest ?? 'begun', isRebuild }, (bytes) =>
          report({ step: 'copying', bytes }),
        ),
      );
      if (isNew) report({ step: 'copied', file: copy, seconds: secondsSince(beganMs) });
      else report({ step: 'kept', file: copy });
    }
    migrateSqlite(database, known, missing, report);
    closeUpgrade(file);
    return missing.pending.map(({ name }) => name);
  } finally {
    database.close();
  }
}

function copied<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw faultOf(error, 'the copy before the upgrade') ?? error;
  }
}
