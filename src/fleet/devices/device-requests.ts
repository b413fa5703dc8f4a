/** What the REST interface of the fleet takes and answers, field by field; OpenAPI shows the same schemas. */
import { z } from 'zod';
import { type StrategyName, strategies } from '../../planner/index.js';
import {
  cursors,
  groupName,
  modelReference,
  tagList,
  tagNames,
  wholeNumber,
} from '../../platform/index.js';
import { bytesPrice, deadlineGoal, deviceId, Fault, linkClasses } from '../../wire/index.js';
import { cameraStates } from '../store/camera-state.js';
import { presenceStates } from '../store/device-standing.js';
import type { DeviceRow } from '../store/devices.store.js';
import { limitsOf } from '../store/limit-columns.js';

const name = z.string().trim().min(1).max(100);
export const deadlineMs = z.int().min(1).max(3_600_000);
export const strategy = z.enum(Object.keys(strategies) as [StrategyName, ...StrategyName[]]);

export const access = z.enum(['approved', 'waiting', 'revoked']);

const [MIN_MEMORY_BYTES, MAX_MEMORY_BYTES] = [2 ** 10, 2 ** 40];
const MAX_MONTHLY_BYTES = 1e15;
/** Rates that plan tables cover. */
const [MIN_LINE_MBPS, MAX_LINE_MBPS] = [0.05, 1000];

const SITE_UPLINK =
  'The line that all devices of a site share. Devices with the same site are planned together; where they name different rates, the lowest counts. Only a key for the whole fleet sets it';

/** Limits of planning to set; null removes one. */
export const limitsChange = z
  .strictObject({
    bytesPrice: bytesPrice.nullable().optional(),
    monthlyBytes: z.int().min(0).max(MAX_MONTHLY_BYTES).nullable().optional(),
    deviceMemoryBytes: z.int().min(MIN_MEMORY_BYTES).max(MAX_MEMORY_BYTES).nullable().optional(),
    deadline: z.strictObject(deadlineGoal.shape).nullable().optional(),
    uplink: z
      .strictObject({
        site: groupName.meta({ example: 'barn' }),
        mbps: z.number().min(MIN_LINE_MBPS).max(MAX_LINE_MBPS),
      })
      .nullable()
      .optional()
      .describe(SITE_UPLINK),
  })
  .refine((change) => Object.keys(change).length > 0, 'names no limit to change');

/** The limits of a device; null: none. */
export const limitsView = z
  .object({
    bytesPrice: z.number().nullable().describe('Latency in ms that each KB (1000 bytes) must save'),
    monthlyBytes: z
      .number()
      .nullable()
      .describe('Max bytes that the frames of a calendar month (UTC) send'),
    deviceMemoryBytes: z
      .number()
      .nullable()
      .describe('Max bytes of the blocks that the device runs'),
    deadline: deadlineGoal
      .nullable()
      .describe('By when frames should have ended, and which share of them may end later'),
    uplink: z.object({ site: z.string(), mbps: z.number() }).nullable().describe(SITE_UPLINK),
  })
  .meta({ id: 'PlanningLimits' });

export const newDevice = z
  .strictObject({
    id: deviceId.optional(),
    name: name.optional(),
    model: modelReference.optional(),
    deadlineMs: deadlineMs.optional(),
    group: groupName.optional(),
    tags: tagNames.optional(),
  })
  .default({})
  .meta({ example: { id: 'pi-kitchen', name: 'Kitchen', group: 'indoors', tags: ['camera'] } });
export type NewDeviceRequest = z.infer<typeof newDevice>;

export const deviceChange = z
  .strictObject({
    name: name.optional(),
    model: modelReference.nullable().optional(),
    deadlineMs: deadlineMs.nullable().optional(),
    strategy: strategy.optional(),
    limits: limitsChange.optional(),
    group: groupName.nullable().optional(),
    tags: tagNames.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'names nothing to change')
  .meta({ example: { model: 'mobilenetv2@3', limits: { monthlyBytes: 2e9, bytesPrice: null } } });
export type DeviceChangeRequest = z.infer<typeof deviceChange>;

const MAX_OVERLAP_S = 7 * 86_400;

export const secretChange = z
  .strictObject({
    overlapS: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_S)
      .default(0)
      .describe('How long the old secret stays valid in addition to the new one'),
  })
  .default({ overlapS: 0 })
  .meta({ example: { overlapS: 3600 } });
export type SecretChange = z.infer<typeof secretChange>;

export const devicePage = z.strictObject({
  state: z.enum(presenceStates).optional(),
  access: access.optional(),
  group: groupName.optional(),
  tag: tagList.optional(),
  model: modelReference.optional(),
  version: wholeNumber(2 ** 31 - 1)
    .optional()
    .meta({ description: 'Version of the assigned model', example: 3 }),
  agent: z.string().min(1).max(64).optional().meta({ description: 'Version of the agent' }),
  link: z.enum(linkClasses).optional().meta({
    description:
      'Class of the last uplink estimate: 3g below 3 Mbps, 4g below 12, wifi below 60, wired from there; unknown: none yet',
  }),
  camera: z.enum(cameraStates).optional().meta({
    description:
      'Cameras: live: pictures come from all; failed: one brings none; starting: one has brought none yet; ended: all frames were taken; none: it has no camera; unknown: it is offline, has sent no telemetry in this session, or its agent does not report cameras',
  }),
  limit: wholeNumber(1000).default(100),
  cursor: z.string().max(200).optional(),
});
export type DevicePageRequest = z.infer<typeof devicePage>;

/** How a device is set up, for the audit log: nothing that it says itself. */
export function settingsOf(row: DeviceRow): object {
  const { id, name, version, modelId: model, deadlineMs, strategy, group, access } = row;
  const tags = row.tags.map(({ tag }) => tag).sort();
  const oldSecretEndsAt = row.previousSecretEndsAt?.toISOString() ?? null;
  return {
    ...{ id, name, version, model, deadlineMs, strategy, limits: limitsOf(row) },
    ...{ group, tags, access, oldSecretEndsAt },
  };
}

/** Of pages of devices: the last id. */
export const deviceCursors = cursors(deviceId);

/** The version an If-Match header names; undefined for none and for `*`. Throws REQUEST_INVALID. */
export function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const match = /^\s*"(\d{1,9})"\s*$/.exec(ifMatch);
  if (match === null) {
    throw new Fault('REQUEST_INVALID', 'If-Match: is not an ETag of this device, such as "3"');
  }
  return Number(match[1]);
}
