// Writes docs/configuration.md and .env.example from the table of settings. Usage: npm run configuration
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage, exampleEnvironment } from '../dist/src/platform/config/reference.js';

const root = join(import.meta.dirname, '..');
writeFileSync(join(root, 'docs', 'configuration.md'), configurationPage());
writeFileSync(join(root, '.env.example'), exampleEnvironment());
