/** The database by itself, for a thread that needs nothing else of the platform and should start at once. */
export { Database } from './database.js';
export { type Columns, type Dialect, isOneOf } from './dialect.js';
export { Prisma } from './generated/sqlite/client.js';
export type { DatabaseLocation } from './location.js';
export { isOutage, isRefusal, RowsRefused } from './outage.js';
