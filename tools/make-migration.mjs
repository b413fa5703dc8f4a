// Writes the next migration: what leads from the migrations there are to prisma/models. Usage: npm run migration -- <name>
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingMigration, prismaFolder } from '../dist/src/platform/database/schema-engine.js';

const name = process.argv[2];
if (name === undefined || !/^[a-z0-9_]{1,60}$/.test(name)) {
  process.stderr.write('usage: npm run migration -- <name of a-z, 0-9 and _>\n');
  process.exit(2);
}
const sql = await missingMigration();
if (sql === '') {
  process.stdout.write('The migrations lead to the models already.\n');
} else {
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(prismaFolder(), 'sqlite', 'migrations', `${stamp}_${name}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'migration.sql'), sql);
  process.stdout.write(`${join(folder, 'migration.sql')}\n${sql}`);
}
