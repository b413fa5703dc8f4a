/** A process that opens a database, which upgrades it, and sends every line of its log to its parent: to be killed at any moment. */
import { pino } from 'pino';
import { openDatabase } from '../../../src/platform/database/database.js';

const [data = '', databaseUrl = ''] = process.argv.slice(2);
const log = pino({ level: 'info' }, { write: (line) => void process.send?.(JSON.parse(line)) });
await openDatabase({ data, databaseUrl: databaseUrl === '' ? undefined : databaseUrl }, log);
process.send?.({ msg: 'open' });
