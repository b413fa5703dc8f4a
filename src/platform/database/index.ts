/** The database alone, for a thread that must start fast and needs nothing else of the platform. */
export { Database } from './database.js';
export { queriesOf } from './device-target.js';
export { type Columns, type Dialect, isOneOf } from './dialect.js';
export {
  type DatabaseTrouble,
  databaseTroubleOf,
  faultOfTrouble,
} from './failures/database-trouble.js';
export { isOutage, isRefusal, RowsRefused } from './failures/outage.js';
export { halvesOf } from './failures/write-apart.js';
export { Prisma } from './generated/sqlite/client.js';
export type { DatabaseLocation } from './location.js';
export { KnownNames } from './names/known-names.js';
export { portionsOf } from './portions.js';
export {
  type FoundModel,
  ModelReferences,
  type NamedModel,
  namedOf,
  shownModel,
} from './references/model-references.store.js';
