/** A device as the REST interface shows it; everything it said carries its time. */
import { z } from 'zod';
import { instant, type ResponseOf } from '../../platform/index.js';
import {
  type Birth,
  birth,
  linkClasses,
  linkClassOf,
  type Telemetry,
  telemetry,
} from '../../wire/index.js';
import { presenceOf, presenceStates } from '../store/device-standing.js';
import type { DeviceRow } from '../store/devices.store.js';
import { access, strategy } from './device-requests.js';

const presence = z.object({
  state: z.enum(presenceStates),
  isConnected: z
    .boolean()
    .describe('A session lives now; tells more than `state` of a device that comes and goes'),
  since: instant.describe('When it last came or went'),
  lastSeenAt: instant.nullable(),
  reason: z.string().nullable(),
  sid: z.string().nullable(),
});

export const deviceView = z
  .object({
    id: z.string(),
    name: z.string(),
    createdAt: instant,
    version: z.int().describe('For If-Match: grows with every change by an operator'),
    model: z.string().nullable(),
    deadlineMs: z.number().nullable(),
    strategy: strategy.describe('Who makes its plans: auto, or a baseline to compare with'),
    group: z.string().nullable(),
    tags: z.array(z.string()),
    access: access.describe(
      'approved: it may speak; waiting: an operator has to approve it; revoked: it may speak no more',
    ),
    presence,
    linkClass: z.enum(linkClasses),
    birth: birth.nullable(),
    telemetry: telemetry.extend({ receivedAt: instant, ageMs: z.number() }).nullable(),
  })
  .meta({ id: 'Device' });
export type DeviceView = ResponseOf<typeof deviceView>;

/** A row as a view; `now` makes the age of the telemetry. */
export function viewOf(row: DeviceRow, now: Date): DeviceView {
  const told = row.telemetry as Telemetry | null;
  const { telemetryAt } = row;
  return {
    id: row.id,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
    model: row.modelId,
    deadlineMs: row.deadlineMs,
    strategy: row.strategy as DeviceView['strategy'],
    group: row.group,
    tags: row.tags.map(({ tag }) => tag).sort(),
    access: row.access as DeviceView['access'],
    presence: {
      state: presenceOf(row, now),
      isConnected: row.state === 'online',
      since: row.stateAt.toISOString(),
      lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
      reason: row.disconnectReason,
      sid: row.sid,
    },
    linkClass: linkClassOf(row.uplinkMsPerByte),
    birth: row.birth as Birth | null,
    telemetry:
      told === null || telemetryAt === null
        ? null
        : {
            ...told,
            receivedAt: telemetryAt.toISOString(),
            ageMs: now.getTime() - telemetryAt.getTime(),
          },
  };
}
