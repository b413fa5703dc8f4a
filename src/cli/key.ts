/** `flotilla key new`: another operator key, for operators who have lost theirs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readWords, type Streams, UsageError } from './usage.js';

const USAGE = `usage: flotilla key new [--data FOLDER] [--name NAME]
  Makes an operator key with the role admin and prints it. Stop the service first.
  Settings are those of the service, .env included; --data takes the place of FLOTILLA_DATA. Other keys stay valid: revoke
  a lost one with DELETE /api/v1/keys/{id}.
`;

const OPTIONS = {
  data: { type: 'string' },
  name: { type: 'string', default: 'made by flotilla key new' },
  help: { type: 'boolean', default: false },
} as const;
/** Of a key over REST, too. */
const MAX_NAME = 100;

/** Runs the command; resolves to its exit code. */
export async function keyCommand(
  args: readonly string[],
  { stdout, stderr }: Streams,
): Promise<number> {
  const { values, positionals } = readWords(args, OPTIONS);
  if (values.help) {
    stdout.write(USAGE);
    return 0;
  }
  const [what, ...rest] = positionals;
  if (what !== 'new' || rest.length > 0) throw new UsageError('key: must be key new');
  const name = values.name.trim();
  if (name === '' || name.length > MAX_NAME) {
    throw new UsageError(`--name: must have 1 to ${MAX_NAME} characters`);
  }
  const [{ openDatabase, openLog, readConfig, ConfigError }, { newAdminKey }, { Fault }] =
    await Promise.all([
      import('../platform/index.js'),
      import('../access/index.js'),
      import('../wire/index.js'),
    ]);
  try {
    if (existsSync('.env')) process.loadEnvFile('.env');
    const { data, ...config } = readConfig(process.env);
    const folder = values.data ?? data;
    if (config.databaseUrl === undefined && !existsSync(join(folder, 'flotilla.db'))) {
      throw new UsageError(`--data: no database in ${folder}`);
    }
    const log = openLog({ logLevel: 'warn', logFormat: config.logFormat });
    const database = await openDatabase({ ...config, data: folder }, log);
    try {
      const key = await newAdminKey(database, name);
      stdout.write(
        `Operator key: ${key}\n  Keep it: it opens the REST interface, and is not shown again.\n`,
      );
    } finally {
      await database.onApplicationShutdown();
    }
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.problems.join('; '));
    if (!(error instanceof Fault)) throw error;
    stderr.write(`flotilla: ${error.message}\n`);
    return 1;
  }
}
