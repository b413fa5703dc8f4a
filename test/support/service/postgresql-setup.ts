/** Before all tests: a private PostgreSQL, whose URL they find in FLOTILLA_TEST_POSTGRESQL; after them it goes. */
import { PrivatePostgresql } from './private-postgresql.js';

const KEY = 'FLOTILLA_TEST_POSTGRESQL';

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Medium and large tests share one.
  if (process.env[KEY] !== undefined) return undefined;
  const server = await PrivatePostgresql.start();
  process.env[KEY] = server?.url ?? '';
  if (server === undefined) {
    process.stderr.write(
      'PostgreSQL is not installed (Debian: apt-get install postgresql): its half of the store tests is SKIPPED.\n',
    );
  }
  return () => server?.remove() ?? Promise.resolve();
}
