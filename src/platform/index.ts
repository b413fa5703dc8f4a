/** Configuration, database, clock, log, events, health and the HTTP edge: what every part of the service stands on. */
export { Clock } from './clock.js';
export { Config, ConfigError, readConfig, redactedConfig } from './config/config.js';
export { nearest } from './config/nearest.js';
export { configurationPage, exampleEnvironment } from './config/reference.js';
export { Database } from './database/database.js';
export { Prisma } from './database/generated/client.js';
export { EventBus } from './event-bus.js';
export type { Events } from './events.js';
export { FailureLimit } from './failure-limit.js';
export { Health, type HealthCheck, type HealthState } from './health.js';
export { createApplication } from './http/application.js';
export { DEVICE_ROUTE, DeviceRoute } from './http/device-route.js';
export { PUBLIC_ROUTE, Public } from './http/public.js';
export { requestValidation, wholeNumber } from './http/validation.js';
export { Log, nestLogger, openLog } from './log.js';
export { PlatformModule } from './platform.module.js';
export { type Ports, ServiceFile } from './service-file.js';
export { TokenBucket } from './token-bucket.js';
