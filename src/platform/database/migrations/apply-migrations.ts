/** Brings a database up to date at the start, and reports how far it is: to the log, and every ten seconds. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../../wire/index.js';
import type { Log } from '../../log.js';
import { closeUpgrade } from '../copies/upgrade-copies.js';
import type { DatabaseLocation } from '../location.js';
import { migrationsOf } from './migration-list.js';
import type { ThreadNews } from './migration-worker.js';
import { type Place, secondsSince, type UpgradeNews } from './news.js';
import { migratePostgresql } from './postgresql-migrations.js';
import { type SqliteUpgrade, sizeOfUpgrade, upgradeSqlite } from './sqlite-upgrade.js';

const ENTRY = new URL('./migration-worker.js', import.meta.url);
const SIGN_OF_LIFE_MS = 10_000;

/** How a database is brought up to date. */
export interface Upgrade {
  readonly log: Log;
  /** Whether an embedded database is copied before it is changed. */
  readonly isCopied: boolean;
}

/**
 * Applies the missing migrations, each wholly or not at all; resolves to their names. Throws MIGRATION_FAILED,
 * DATABASE_NEWER, DATABASE_DAMAGED, DISK_FULL and DATABASE_UNAVAILABLE.
 */
export async function applyMigrations(
  { kind, url }: DatabaseLocation,
  { log, isCopied }: Upgrade,
): Promise<readonly string[]> {
  const known = migrationsOf(kind);
  const progress = new Progress(log.child({ part: 'database' }));
  try {
    if (kind === 'postgresql') {
      return await migratePostgresql(url, known, (news) => progress.report(news));
    }
    const upgrade = { file: fileURLToPath(url), known, isCopied };
    const size = sizeOfUpgrade(upgrade);
    // A thread for what takes long: signals and the log go on.
    if (size === 'rows') return await onThread(upgrade, (news) => progress.report(news));
    if (size === 'empty') return upgradeSqlite(upgrade, () => undefined);
    // An upgrade that was killed after its last migration.
    closeUpgrade(upgrade.file);
    return [];
  } finally {
    progress.end();
  }
}

function onThread(
  upgrade: SqliteUpgrade,
  report: (news: UpgradeNews) => void,
): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(ENTRY, { workerData: upgrade });
    let applied: readonly string[] | undefined;
    worker.on('message', (sent: ThreadNews) => {
      if ('news' in sent) report(sent.news);
      else if ('applied' in sent) applied = sent.applied;
      else reject(new Fault(sent.fault.code, sent.fault.text));
    });
    worker.once('error', reject);
    // Only then has the driver closed the file.
    worker.once('exit', () => {
      if (applied === undefined) reject(new Error('the thread of the migrations ended'));
      else resolve(applied);
    });
  });
}

const TEXTS: Readonly<Record<UpgradeNews['step'], string>> = {
  copying: 'copying the database before the upgrade',
  copied: 'database copied before the upgrade',
  kept: 'going on with an interrupted upgrade; its copy is kept',
  waiting: 'waiting for another start that upgrades this database',
  begun: 'migration begun',
  applied: 'migration applied',
};

/** The lines of an upgrade. A first start has one line in all, from its caller. */
class Progress {
  private running: (Place & { readonly beganMs: number }) | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly log: Log) {}

  report(news: UpgradeNews): void {
    const { step, ...fields } = news;
    this.log.info(fields, TEXTS[step]);
    if (news.step === 'begun') this.watch({ ...news, beganMs: performance.now() });
  }

  end(): void {
    clearInterval(this.timer);
  }

  private watch(running: Place & { readonly beganMs: number }): void {
    this.running = running;
    this.timer ??= setInterval(() => {
      const { migration, number, of, beganMs } = this.running ?? running;
      const seconds = secondsSince(beganMs);
      this.log.info({ migration, number, of, seconds }, 'migration still runs');
    }, SIGN_OF_LIFE_MS);
  }
}
