/**
 * Every setting of the service, once: key, unit, default, bounds and one sentence.
 *
 * The environment key of a field is FLOTILLA_ and its name in capitals (httpPort is FLOTILLA_HTTP_PORT); the reader,
 * docs/configuration.md and .env.example all follow from this table. Only DATABASE_URL has the name it has elsewhere.
 */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { brokerSettings } from './broker-settings.js';
import { amount, days, file, GIB, MIB, metaOf, type SettingMeta, text } from './setting-kinds.js';

const LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** The zod object the environment is checked against; field names are the names used in code. */
export const settings = z.object({
  host: text('Address the service listens on.', 'address', '0.0.0.0'),
  httpPort: amount(
    'Port of REST, of the API pages and of MQTT over WebSocket; 0 takes any free one.',
    {
      unit: 'port',
      minimum: 0,
      maximum: 65_535,
      default: 8080,
    },
  ),
  mqttPort: amount('Port of MQTT; 0 takes any free one.', {
    unit: 'port',
    minimum: 0,
    maximum: 65_535,
    default: 1883,
  }),
  mqttsPort: amount('Port of MQTT over TLS where a certificate is set; 0 takes any free one.', {
    unit: 'port',
    minimum: 0,
    maximum: 65_535,
    default: 8883,
  }),
  tlsCert: file(
    'Certificate of the service, PEM, with those that lead to its authority: REST and WebSocket speak only TLS then.',
    'no TLS',
  ),
  tlsKey: file('Private key of the certificate, PEM.', 'no TLS'),
  tlsClientCa: file(
    'Authorities of client certificates, PEM: a device may show one that names it instead of its secret.',
    'no client certificates',
  ),
  tlsRequired: z
    .enum(['yes', 'no'], 'is neither yes nor no')
    .default('yes')
    .meta(
      metaOf({
        description: 'Whether MQTT without TLS is closed where a certificate is set.',
        unit: 'yes or no',
        shownDefault: 'yes',
      }),
    ),
  data: text(
    'Folder of the database, the models and the blocks; made when it is missing.',
    'folder',
    './data',
  ),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'is no postgresql:// URL')
    .optional()
    .meta(
      metaOf({
        description: 'A PostgreSQL database to use instead of the embedded one; it has to exist.',
        unit: 'URL',
        shownDefault: 'SQLite in the data folder',
        isSecret: true,
      }),
    ),
  operatorKey: z
    .string()
    .min(32, 'is shorter than 32 characters')
    .optional()
    .meta(
      metaOf({
        description: 'The key operators use for REST, at least 32 characters.',
        unit: 'text',
        shownDefault: 'made and printed once at the first start',
        isSecret: true,
      }),
    ),
  logLevel: z
    .enum(LEVELS, `is none of ${LEVELS.join(', ')}`)
    .default('info')
    .meta(
      metaOf({
        description: `Least level that is logged: ${LEVELS.join(', ')}.`,
        unit: 'level',
        shownDefault: 'info',
      }),
    ),
  uploadLimitBytes: amount('Largest model file that may be uploaded.', {
    unit: 'bytes',
    minimum: 1024,
    default: GIB,
  }),
  deviceBudgetBytes: amount('Tensor bytes in flight that one device may hold in memory.', {
    unit: 'bytes',
    minimum: MIB,
    default: 32 * MIB,
  }),
  totalBudgetBytes: amount('Tensor bytes in flight of all devices together.', {
    unit: 'bytes',
    minimum: MIB,
    default: 512 * MIB,
  }),
  framesPerDevice: amount('Half-received frames kept for one device; the oldest goes first.', {
    unit: 'frames',
    minimum: 1,
    default: 4,
  }),
  workers: amount('Processes that run the cloud part of the networks.', {
    unit: 'processes',
    minimum: 1,
    maximum: 256,
    default: availableParallelism(),
    shownDefault: 'number of cores',
  }),
  workerThreads: amount('Threads each of them computes with.', {
    unit: 'threads',
    minimum: 1,
    maximum: 256,
    default: 1,
  }),
  workerMemoryBytes: amount('Address space a worker may use before it is ended.', {
    unit: 'bytes',
    minimum: 256 * MIB,
    default: 2 * GIB,
  }),
  examineMemoryBytes: amount('Address space the examination of an uploaded model may use.', {
    unit: 'bytes',
    minimum: 256 * MIB,
    default: 4 * GIB,
  }),
  examineTimeoutMs: amount('Longest time the examination of an uploaded model may take.', {
    unit: 'ms',
    minimum: 1000,
    // A timer that is set for longer than 24.8 days goes off at once.
    maximum: 86_400_000,
    default: 120_000,
  }),
  requestsPerS: amount(
    'REST requests a second of one credential for long, twice that at once; more are answered 429.',
    {
      unit: 'requests/s',
      minimum: 1,
      default: 200,
    },
  ),
  ...brokerSettings,
  shutdownMs: amount('Longest wait for accepted work when the service is asked to stop.', {
    unit: 'ms',
    minimum: 0,
    maximum: 600_000,
    default: 10_000,
  }),
  historyDays: days('Frames older than this are removed from the history.'),
  historyMinuteDays: days('Roll-ups by the minute older than this are removed.', 90),
  historyHourDays: days('Roll-ups by the hour older than this are removed.', 730),
  historyDayDays: days('Roll-ups by the day older than this are removed.'),
  auditDays: days('Entries of the audit log older than this are removed.', 365),
  tracesUrl: z
    .string()
    .regex(/^https?:\/\//, 'is no http:// or https:// URL')
    .optional()
    .meta(
      metaOf({
        description:
          'Where OpenTelemetry traces of frames are sent (OTLP over HTTP, JSON), such as http://localhost:4318/v1/traces.',
        unit: 'URL',
        shownDefault: 'no traces',
      }),
    ),
});

export type SettingName = keyof typeof settings.shape;

/** Names of all settings, in the order they are documented. */
export const settingNames = settings.keyof().options;

/** httpPort becomes FLOTILLA_HTTP_PORT; the database is where every hosting service says it is. */
export function environmentKey(name: SettingName): string {
  if (name === 'databaseUrl') return 'DATABASE_URL';
  return `FLOTILLA_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** What is told of a setting; every field of the table carries it. */
export function settingMeta(name: SettingName): SettingMeta {
  return settings.shape[name].meta() as SettingMeta;
}
