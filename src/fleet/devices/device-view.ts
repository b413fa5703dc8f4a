/** A device as the REST interface shows it; everything it said carries its time. */
import { z } from 'zod';
import {
  chosenFields,
  instant,
  type NamedModel,
  namedModel,
  type ResponseOf,
  shownModel,
} from '../../platform/index.js';
import {
  type Birth,
  birth,
  linkClasses,
  linkClassOf,
  type Telemetry,
  telemetry,
  withinRanges,
} from '../../wire/index.js';
import { cameraStates } from '../store/camera-state.js';
import { presenceOf, presenceStates } from '../store/device-standing.js';
import type { DeviceRow } from '../store/devices.store.js';
import { limitsOf } from '../store/limit-columns.js';
import { camerasViewOf, inputViews } from './cameras-view.js';
import { access, limitsView, strategy } from './device-requests.js';

const presence = z.object({
  state: z.enum(presenceStates),
  isConnected: z
    .boolean()
    .describe('Whether the device has a live session, also while its state is `flapping`'),
  since: instant.describe('Time of the last connect or disconnect'),
  lastSeenAt: instant.nullable(),
  reason: z.string().nullable(),
  sid: z.string().nullable(),
});

export const deviceView = z
  .object({
    id: z.string(),
    name: z.string(),
    createdAt: instant,
    version: z.int().describe('For If-Match: incremented by every change of an operator'),
    model: namedModel.nullable(),
    deadlineMs: z.number().nullable(),
    strategy: strategy.describe('Planning strategy: auto, or a baseline to compare with'),
    limits: limitsView,
    group: z.string().nullable(),
    tags: z.array(z.string()),
    access: access.describe(
      'approved: it can connect; waiting: an operator must approve it; revoked: it cannot connect any more',
    ),
    presence,
    linkClass: z.enum(linkClasses),
    birth: birth.nullable(),
    cameraState: z.enum(cameraStates),
    inputs: inputViews,
    telemetry: telemetry
      .omit({ inputs: true })
      .extend({ receivedAt: instant, ageMs: z.number() })
      .nullable(),
  })
  .meta({ id: 'Device' });
export type DeviceView = ResponseOf<typeof deviceView>;

/** The fields of devices in lists. */
export const deviceFields = chosenFields(deviceView, ['id'], 'ListedDevice');

// An earlier version stored numbers outside the ranges of today.
const birthWithinRanges = withinRanges(birth);
const telemetryWithinRanges = withinRanges(telemetry);

/** A row as a view, with the name of its model; `now` makes the age of the telemetry. */
export function deviceViewOf(
  row: DeviceRow,
  models: ReadonlyMap<string, NamedModel>,
  now: Date,
): DeviceView {
  const said = row.telemetry as Telemetry | null;
  const { telemetryAt } = row;
  return {
    id: row.id,
    name: row.name,
    createdAt: row.createdAt.toISOString(),
    version: row.version,
    model: shownModel(row.modelId, models),
    deadlineMs: row.deadlineMs,
    strategy: row.strategy as DeviceView['strategy'],
    limits: limitsOf(row),
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
    birth: birthWithinRanges(row.birth as Birth | null),
    ...camerasViewOf(row, said, now),
    telemetry:
      said === null || telemetryAt === null
        ? null
        : {
            ...withoutInputs(telemetryWithinRanges(said)),
            receivedAt: telemetryAt.toISOString(),
            ageMs: now.getTime() - telemetryAt.getTime(),
          },
  };
}

/** They stand by themselves, with what is known of them now. */
function withoutInputs<T extends { inputs?: unknown }>({
  inputs: _,
  ...rest
}: T): Omit<T, 'inputs'> {
  return rest;
}
