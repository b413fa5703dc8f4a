/** `flotilla db copy`: moves an embedded database into PostgreSQL, for a fleet that has outgrown one file. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CopiedTable, copyDatabase, openLog } from '../platform/index.js';
import { Fault } from '../wire/index.js';
import { readWords, type Streams, UsageError } from './usage.js';

const USAGE = `usage: flotilla db copy [--data FOLDER] [--to URL]
  copies the embedded database of a data folder (default ./data) into an empty PostgreSQL database (default: DATABASE_URL).
  The service must not run meanwhile. Afterwards start it with the same data folder, which keeps models and blocks, and with
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
  if (what !== 'copy' || rest.length > 0) throw new UsageError('db: there is only db copy');
  const url = values.to ?? process.env.DATABASE_URL ?? '';
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new UsageError('--to, or DATABASE_URL, is a postgresql:// URL');
  }
  if (!existsSync(join(values.data, 'flotilla.db'))) {
    throw new UsageError(`--data: there is no database in ${values.data}`);
  }
  const tell = ({ table, rows }: CopiedTable) => stdout.write(`${table}: ${rows} rows\n`);
  try {
    await copyDatabase(values.data, url, openLog({ logLevel: 'warn' }), tell);
    return 0;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    stderr.write(`flotilla: ${error.message}\n`);
    return 1;
  }
}
