/** `flotilla db`: checks, backs up and restores an embedded database, and copies it into PostgreSQL. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CopiedTable, DatabaseReport } from '../platform/index.js';
import { readWords, type Streams, UsageError } from './usage.js';

const USAGE = `usage: flotilla db check [FILE] [--data FOLDER]
       flotilla db backup FILE [--data FOLDER]
       flotilla db restore FILE [--data FOLDER]
       flotilla db copy [--data FOLDER] [--to URL]
  check    reads the database of a data folder (default ./data), or a file, as a whole: damage, rows, schema.
  backup   copies the database into a new file and checks the copy. The service may run.
  restore  replaces the database by a backup. Stop the service first. The backup is checked, and the old database is kept.
  copy     copies the database into an empty PostgreSQL database (default: DATABASE_URL). Stop the service first. Afterwards
           start it with the same data folder, which keeps models and blocks, and with DATABASE_URL set.
  On PostgreSQL use its own tools: pg_dump --format=custom, pg_restore --clean.
`;

const OPTIONS = {
  data: { type: 'string' },
  to: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

interface Given {
  readonly data: string;
  readonly to: string | undefined;
  readonly file: string | undefined;
  readonly out: Streams['stdout'];
}

const ACTIONS: Readonly<Record<string, (given: Given) => Promise<number>>> = {
  check,
  backup,
  restore,
  copy,
};

/** Runs the command; resolves to its exit code. */
export async function dbCommand(
  args: readonly string[],
  { stdout, stderr }: Streams,
): Promise<number> {
  const { values, positionals } = readWords(args, OPTIONS);
  if (values.help) {
    stdout.write(USAGE);
    return 0;
  }
  const [what = '', file, ...rest] = positionals;
  const action = Object.hasOwn(ACTIONS, what) ? ACTIONS[what] : undefined;
  if (action === undefined || rest.length > 0) {
    throw new UsageError('db: must be db check, db backup, db restore or db copy');
  }
  if (values.to !== undefined && action !== copy) throw new UsageError('--to: only for db copy');
  const isOnServer = /^postgres(ql)?:/.test(process.env.DATABASE_URL ?? '');
  if (isOnServer && action !== copy && values.data === undefined && file === undefined) {
    throw new UsageError('DATABASE_URL is set: use pg_dump and pg_restore, or name --data');
  }
  const { Fault } = await import('../wire/index.js');
  try {
    return await action({ data: values.data ?? './data', to: values.to, file, out: stdout });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    stderr.write(`flotilla: ${error.message}\n`);
    return 1;
  }
}

async function check({ data, file, out }: Given): Promise<number> {
  const path = file ?? join(data, 'flotilla.db');
  if (!existsSync(path)) throw noDatabase(file === undefined ? '--data' : 'db check', path);
  const { checkDatabase } = await import('../platform/index.js');
  const report = checkDatabase(path);
  for (const line of linesOf(report)) out.write(`${line}\n`);
  if (report.orphans.length > 0) return 1;
  out.write(`${path} is sound\n`);
  return 0;
}

function linesOf({ bytes, rows, newest, pending, isInterrupted, orphans }: DatabaseReport) {
  const more = pending === 0 ? 'up to date' : `the next start applies ${pending} migrations`;
  return [
    ...[...rows].map(([table, count]) => `${table}: ${count} rows`),
    `${(bytes / 1024 ** 2).toFixed(1)} MiB, schema ${newest ?? 'incomplete'}: ${more}`,
    ...(isInterrupted ? ['an upgrade was interrupted; the next start finishes it'] : []),
    ...orphans,
  ];
}

async function backup({ data, file, out }: Given): Promise<number> {
  const target = named('db backup', file);
  mustHold(data);
  const { backUp } = await import('../platform/index.js');
  backUp(data, target);
  out.write(`${target} is a checked copy of the database; copy ${join(data, 'blocks')} too\n`);
  return 0;
}

async function restore({ data, file, out }: Given): Promise<number> {
  const source = named('db restore', file);
  if (!existsSync(source)) throw noDatabase('db restore', source);
  const platform = await import('../platform/index.js');
  const log = platform.openLog({ logLevel: 'warn' });
  const kept = await platform.restore(data, source, log);
  out.write(`the database of ${data} is that of ${source}\n`);
  if (kept !== undefined) out.write(`the one from before is kept: ${kept}\n`);
  return 0;
}

async function copy({ data, to, file, out }: Given): Promise<number> {
  if (file !== undefined) throw new UsageError('db copy: takes no file; see --data and --to');
  const url = to ?? process.env.DATABASE_URL ?? '';
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new UsageError('--to or DATABASE_URL: must be a postgresql:// URL');
  }
  mustHold(data);
  const report = ({ table, rows }: CopiedTable) => out.write(`${table}: ${rows} rows\n`);
  const { copyDatabase, openLog } = await import('../platform/index.js');
  await copyDatabase(data, url, openLog({ logLevel: 'warn' }), report);
  return 0;
}

function mustHold(data: string): void {
  if (!existsSync(join(data, 'flotilla.db'))) throw noDatabase('--data', data);
}

function noDatabase(flag: string, place: string): UsageError {
  return new UsageError(`${flag}: no database in ${place}`);
}

function named(command: string, file: string | undefined): string {
  if (file === undefined) throw new UsageError(`${command}: name a file`);
  return file;
}
