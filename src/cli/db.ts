/** `flotilla db copy`: moves an embedded database into PostgreSQL, for fleets too large for one file. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CopiedTable } from '../platform/index.js';
import { readWords, type Streams, UsageError } from './usage.js';

const USAGE = `usage: flotilla db copy [--data FOLDER] [--to URL]
  Copies the embedded database of a data folder (default ./data) into an empty PostgreSQL database (default: DATABASE_URL).
  Stop the service first. Afterwards start it with the same data folder, which keeps models and blocks, and with
  DATABASE_URL set.
`;

const OPTIONS = {
  data: { type: 'string', default: './data' },
  to: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

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
  const [what, ...rest] = positionals;
  if (what !== 'copy' || rest.length > 0) throw new UsageError('db: must be db copy');
  const url = values.to ?? process.env.DATABASE_URL ?? '';
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new UsageError('--to or DATABASE_URL: must be a postgresql:// URL');
  }
  if (!existsSync(join(values.data, 'flotilla.db'))) {
    throw new UsageError(`--data: no database in ${values.data}`);
  }
  const report = ({ table, rows }: CopiedTable) => stdout.write(`${table}: ${rows} rows\n`);
  const [{ copyDatabase, openLog }, { Fault }] = await Promise.all([
    import('../platform/index.js'),
    import('../wire/index.js'),
  ]);
  try {
    await copyDatabase(values.data, url, openLog({ logLevel: 'warn' }), report);
    return 0;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    stderr.write(`flotilla: ${error.message}\n`);
    return 1;
  }
}
