/**
 * Every setting of the service, once: key, unit, default, bounds and one sentence.
 *
 * The environment key of a field is FLOTILLA_ and its name in capitals (httpPort is FLOTILLA_HTTP_PORT); the reader,
 * docs/configuration.md and .env.example derive from this table. Only DATABASE_URL keeps its usual name.
 */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { brokerSettings } from './broker-settings.js';
import { httpSettings } from './http-settings.js';
import {
  amount,
  days,
  file,
  GIB,
  MIB,
  metaOf,
  optionalAmount,
  type SettingMeta,
  text,
} from './setting-kinds.js';

const LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
const FORMATS = ['auto', 'text', 'json'] as const;

/** The zod object the environment is checked against; field names are the names used in code. */
export const settings = z.object({
  host: text('Address the service listens on.', 'address', '0.0.0.0'),
  httpPort: amount('Port of REST, the API pages and MQTT over WebSocket; 0 selects a free port.', {
    unit: 'port',
    minimum: 0,
    maximum: 65_535,
    default: 8080,
  }),
  mqttPort: amount('Port of MQTT; 0 selects a free port.', {
    unit: 'port',
    minimum: 0,
    maximum: 65_535,
    default: 1883,
  }),
  mqttsPort: amount(
    'Port of MQTT over TLS, open when a certificate is set; 0 selects a free port.',
    {
      unit: 'port',
      minimum: 0,
      maximum: 65_535,
      default: 8883,
    },
  ),
  mqttPublicUrl: z
    .url({ protocol: /^(mqtts?|wss?)$/, error: 'is no address like mqtt://cloud.example:1883' })
    .max(500)
    .optional()
    .meta(
      metaOf({
        description:
          'Where devices reach MQTT, if a proxy or a forwarding of ports is in between, such as mqtt://cloud.example:1883. Agents ask for it.',
        unit: 'address',
        shownDefault: 'host of the request, port of MQTT',
      }),
    ),
  tlsCert: file(
    'Certificate chain of the service, PEM. When it is set, REST and WebSocket serve only TLS.',
    'no TLS',
  ),
  tlsKey: file('Private key of the certificate, PEM.', 'no TLS'),
  tlsClientCa: file(
    'Authorities of client certificates, PEM. A device may authenticate by a certificate that names it.',
    'no client certificates',
  ),
  tlsRequired: z
    .enum(['yes', 'no'], 'is neither yes nor no')
    .default('yes')
    .meta(
      metaOf({
        description: 'Whether the port of MQTT without TLS stays closed when a certificate is set.',
        unit: 'yes or no',
        shownDefault: 'yes',
      }),
    ),
  data: text('Folder of the database, models and blocks; created if missing.', 'folder', './data'),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'is not a postgresql:// URL')
    .optional()
    .meta(
      metaOf({
        description: 'An existing PostgreSQL database to use instead of the embedded SQLite.',
        unit: 'URL',
        shownDefault: 'SQLite in the data folder',
        isSecret: true,
      }),
    ),
  upgradeCopy: z
    .enum(['yes', 'no'], 'is neither yes nor no')
    .default('yes')
    .meta(
      metaOf({
        description: 'Whether SQLite is copied into the folder copies before an upgrade.',
        unit: 'yes or no',
        shownDefault: 'yes',
      }),
    ),
  operatorKey: z
    .string()
    .min(32, 'is shorter than 32 characters')
    .optional()
    .meta(
      metaOf({
        description: 'Operator key for REST, at least 32 characters.',
        unit: 'text',
        shownDefault: 'generated and printed once at the first start',
        isSecret: true,
      }),
    ),
  logLevel: z
    .enum(LEVELS, `is none of ${LEVELS.join(', ')}`)
    .default('info')
    .meta(
      metaOf({
        description: `Minimum log level: ${LEVELS.join(', ')}.`,
        unit: 'level',
        shownDefault: 'info',
      }),
    ),
  diskReserveBytes: optionalAmount(
    'Free space of the data folder that uploads must leave, for records, presence and keys; 0 turns this off.',
    { unit: 'bytes', minimum: 0, shownDefault: '256 MiB, at most a tenth of the disk' },
  ),
  logFormat: z
    .enum(FORMATS, `is none of ${FORMATS.join(', ')}`)
    .default('auto')
    .meta(
      metaOf({
        description:
          'Form of the log: auto (text on a terminal, JSON elsewhere), text or json. Colours only on a terminal, and not with NO_COLOR.',
        unit: 'format',
        shownDefault: 'auto',
      }),
    ),
  uploadLimitBytes: amount('Maximum size of an uploaded model file.', {
    unit: 'bytes',
    minimum: 1024,
    default: GIB,
  }),
  deviceBudgetBytes: amount('Maximum tensor bytes in flight per device.', {
    unit: 'bytes',
    minimum: MIB,
    default: 32 * MIB,
  }),
  totalBudgetBytes: amount('Maximum tensor bytes in flight of all devices together.', {
    unit: 'bytes',
    minimum: MIB,
    default: 512 * MIB,
  }),
  framesPerDevice: amount('Maximum incomplete frames per device; the oldest is dropped first.', {
    unit: 'frames',
    minimum: 1,
    default: 4,
  }),
  workers: amount('Worker processes that run the cloud part of models.', {
    unit: 'processes',
    minimum: 1,
    maximum: 256,
    default: availableParallelism(),
    shownDefault: 'number of cores',
  }),
  workerThreads: amount('Compute threads per worker.', {
    unit: 'threads',
    minimum: 1,
    maximum: 256,
    default: 1,
  }),
  workerMemoryBytes: amount('Maximum address space of a worker; above it, the worker is ended.', {
    unit: 'bytes',
    minimum: 256 * MIB,
    default: 2 * GIB,
  }),
  examineMemoryBytes: amount('Maximum address space for the examination of an uploaded model.', {
    unit: 'bytes',
    minimum: 256 * MIB,
    default: 4 * GIB,
  }),
  examineTimeoutMs: amount('Maximum duration of the examination of an uploaded model.', {
    unit: 'ms',
    minimum: 1000,
    // A timer set for longer than 24.8 days fires at once.
    maximum: 86_400_000,
    default: 120_000,
  }),
  refusedUploadHours: amount('Refused uploads older than this are removed.', {
    unit: 'hours',
    minimum: 1,
    maximum: 876_000,
    default: 24,
  }),
  requestsPerS: amount(
    'Sustained REST requests per second and credential; bursts of twice that. More get 429.',
    {
      unit: 'requests/s',
      minimum: 1,
      default: 200,
    },
  ),
  ...httpSettings,
  ...brokerSettings,
  shutdownMs: amount('Maximum wait for accepted work when the service stops.', {
    unit: 'ms',
    minimum: 0,
    maximum: 600_000,
    default: 10_000,
  }),
  historyDays: days('Frames older than this are removed from the history.'),
  historyMinuteDays: days('Minute roll-ups older than this are removed.', 90),
  historyHourDays: days('Hour roll-ups older than this are removed.', 730),
  historyDayDays: days('Day roll-ups older than this are removed.'),
  documentsKept: amount(
    'Superseded plans, and superseded model documents, kept per device; older ones are removed.',
    { unit: 'documents', minimum: 10, maximum: 1_000_000, default: 100 },
  ),
  auditDays: days('Entries of the audit log older than this are removed.', 365),
  tracesUrl: z
    .string()
    .regex(/^https?:\/\//, 'is not an http:// or https:// URL')
    .optional()
    .meta(
      metaOf({
        description:
          'Endpoint for OpenTelemetry traces of frames (OTLP over HTTP, JSON), such as http://localhost:4318/v1/traces.',
        unit: 'URL',
        shownDefault: 'no traces',
      }),
    ),
});

export type SettingName = keyof typeof settings.shape;

/** Names of all settings, in the order they are documented. */
export const settingNames = settings.keyof().options;

/** httpPort becomes FLOTILLA_HTTP_PORT; databaseUrl becomes DATABASE_URL, as hosting services name it. */
export function environmentKey(name: SettingName): string {
  if (name === 'databaseUrl') return 'DATABASE_URL';
  return `FLOTILLA_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** The documentation of a setting. */
export function settingMeta(name: SettingName): SettingMeta {
  return settings.shape[name].meta() as SettingMeta;
}
