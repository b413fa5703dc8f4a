/** The platform of the service: configuration, database, clock, log, events, health and HTTP. */
export { createApplication } from './application.js';
export { Clock, type Timer } from './clock.js';
export { Config, ConfigError, readConfig, redactedConfig } from './config/config.js';
export { nearest } from './config/nearest.js';
export { configurationPage, exampleEnvironment } from './config/reference.js';
export { type CopiedTable, copyDatabase } from './database/copy.js';
export { Database, openDatabase } from './database/database.js';
export { type DeviceTarget, queriesOf } from './database/device-target.js';
export type { Columns, Dialect } from './database/dialect.js';
export { writeApart } from './database/failures/write-apart.js';
export { Prisma } from './database/generated/sqlite/client.js';
export { jsonText } from './database/json-text.js';
export type { DatabaseKind, DatabaseLocation } from './database/location.js';
export {
  backUp,
  checkDatabase,
  type DatabaseReport,
  embeddedFile,
  restore,
} from './database/maintenance/maintenance.js';
export { type FilterNames, KnownNames } from './database/names/known-names.js';
export { portionsOf } from './database/portions.js';
export {
  type FoundModel,
  ModelReferences,
  type NamedModel,
  namedOf,
  shownModel,
} from './database/references/model-references.store.js';
export { Descriptions } from './descriptions.js';
export { DiskWatch } from './disk/disk-watch.js';
export { EventBus } from './events/event-bus.js';
export type { Events } from './events/events.js';
export { Health, type HealthCheck, type HealthState } from './health/health.js';
export { type Counts, LoadReport, type LoadState } from './health/load-report.js';
export {
  Answers,
  AnswersMedia,
  ETAG,
  instant,
  pageOf,
  type ResponseOf,
  reportedFault,
  underSomeOf,
} from './http/answers.js';
export { hasBody } from './http/body-pace.js';
export { HttpSockets } from './http/connections/http-sockets.js';
export { PipelinedRequests } from './http/connections/pipelined-requests.js';
export { type Cursors, cursors } from './http/cursor.js';
export { CONCERNED_KIND, Concerns } from './http/decorators/concerns.js';
export { DEVICE_ROUTE, DeviceRoute, type DeviceRouteFor } from './http/decorators/device-route.js';
export { InScope, SCOPE_PLACE, type ScopePlace } from './http/decorators/in-scope.js';
export { NEEDED_ROLE, Needs, ROLES, type Role } from './http/decorators/needs-role.js';
export { PUBLIC_BODY, PUBLIC_ROUTE, Public, PublicWithBody } from './http/decorators/public.js';
export { READ_ONLY, ReadOnly, SAFE_METHODS } from './http/decorators/read-only.js';
export {
  isBehind,
  type NewestPlace,
  newestCursor,
  newestPlaceOf,
} from './http/newest-first.js';
export { HttpRefusals, type RefusedRequest, refusing } from './http/refusals.js';
export { chosenFields } from './http/requests/chosen-fields.js';
export {
  type DeviceTargetRequest,
  deviceTarget,
  groupName,
  tagList,
  tagNames,
} from './http/requests/device-labels.js';
export {
  modelReference,
  NAMED_MODEL_EXAMPLE,
  namedModel,
} from './http/requests/named-model.js';
export { time } from './http/requests/time.js';
export { requestValidation, wholeNumber } from './http/validation.js';
export { Log, nestLogger, openLog } from './log.js';
export { countDisk } from './metrics/disk-metrics.js';
export { countHttpRefusals } from './metrics/http-metrics.js';
export { boundedLabel, Metrics } from './metrics/metrics.js';
export { PlatformModule } from './platform.module.js';
export { clientAddressOf, remoteAddressOf } from './rates/client-address.js';
export { FailureLimit } from './rates/failure-limit.js';
export { KeyedBuckets } from './rates/keyed-buckets.js';
export { LimitedLog } from './rates/limited-log.js';
export { TokenBucket } from './rates/token-bucket.js';
export { type Ports, ServiceFile } from './service-file.js';
export { hasNoRoom, listenFault, messageOf, noRoomText } from './start-fault.js';
export { Sweep } from './sweep.js';
export { Certificates, type TlsSettings } from './tls/certificates.js';
export { certifiedDevice } from './tls/certified-device.js';
