/** The thread of apply-migrations.ts: an upgrade of the embedded database, which waits for the disk. */
import { parentPort, workerData } from 'node:worker_threads';
import { Fault, type FaultCode } from '../../../wire/index.js';
import type { UpgradeNews } from './news.js';
import { type SqliteUpgrade, upgradeSqlite } from './sqlite-upgrade.js';

/** What the thread sends: news, then one end. */
export type ThreadNews =
  | { readonly news: UpgradeNews }
  | { readonly applied: readonly string[] }
  | { readonly fault: { readonly code: FaultCode; readonly text: string } };

const send = (news: ThreadNews) => parentPort?.postMessage(news);
try {
  send({ applied: upgradeSqlite(workerData as SqliteUpgrade, (news) => send({ news })) });
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  send({ fault: { code: error.code, text: error.message } });
}
