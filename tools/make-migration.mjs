// Writes the next migration of each database: what leads from its migrations to prisma/models. PostgreSQL has to be installed,
// since its migrations are tried on a private server. Usage: npm run migration -- <name>
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  missingMigration,
  prismaFolder,
} from '../dist/src/platform/database/migrations/schema-engine.js';
import { PrivatePostgresql } from '../dist/test/support/service/private-postgresql.js';

const name = process.argv[2];
if (name === undefined || !/^[a-z0-9_]{1,60}$/.test(name)) {
  process.stderr.write('usage: npm run migration -- <name of a-z, 0-9 and _>\n');
  process.exit(2);
}
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);

function write(database, sql) {
  if (sql === '') {
    process.stdout.write(`${database}: the migrations lead to the models already.\n`);
    return;
  }
  const folder = join(prismaFolder(), database, 'migrations', `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'migration.sql'), sql);
  process.stdout.write(`${join(folder, 'migration.sql')}\n${sql}`);
}

write('sqlite', await missingMigration());
const server = await PrivatePostgresql.start();
if (server === undefined) {
  process.stderr.write(
    'postgresql: not installed here (Debian: apt-get install postgresql), so nothing was written.\n',
  );
  process.exit(1);
}
try {
  write('postgresql', await missingMigration({ kind: 'postgresql', url: server.url }));
} finally {
  await server.remove();
}
