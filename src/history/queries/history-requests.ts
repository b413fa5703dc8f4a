/** What the history may be asked over REST, as zod schemas: unknown fields are refused, times and buckets are parsed. */
import { z } from 'zod';
import { groupName, modelReference, tagList, time, wholeNumber } from '../../platform/index.js';
import { deviceId, frameId, linkClasses, outcomes } from '../../wire/index.js';
import { timedStages } from '../frames/stages.js';
import { isTimeZone } from '../latency/local-days.js';
import { exportFormats } from '../views/export-text.js';
import { frameFields } from '../views/frame-answers.js';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MIN_BUCKET_MS = 100;
const MAX_DEVICES = 200;

const duration = z
  .string()
  .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'is neither auto, all nor a duration like 10s, 1m, 1h or 1d')
  .transform((text) => {
    const unit = text.replace(/^\d+/, '') as keyof typeof UNIT_MS;
    return Number.parseInt(text, 10) * UNIT_MS[unit];
  })
  .refine((ms) => ms >= MIN_BUCKET_MS, `is shorter than ${MIN_BUCKET_MS} ms`);

const bucket = z
  .union([z.enum(['auto', 'all']), duration])
  .default('auto')
  .meta({
    description:
      'Width of a bucket, aligned to 1970 in UTC; auto: a round width that makes at most 120; all: one bucket over all',
    example: '1m',
  });

const MAX_ZONE_NAME = 64;
const timeZone = z
  .string()
  .max(MAX_ZONE_NAME)
  .refine(isTimeZone, {
    error: ({ input }) => `'${input}' is not the name of a time zone, like Europe/Berlin`,
  })
  .optional()
  .meta({
    description:
      'Name of a time zone (IANA): buckets are its days, some of 23 or 25 hours; for auto and buckets of whole days. Absent: UTC',
    example: 'Europe/Berlin',
  });

/** A comma between each two. */
const list = <T extends string>(names: readonly T[]) =>
  z
    .string()
    .transform((text) => [...new Set(text.split(','))] as T[])
    .refine(
      (given) => given.every((name) => names.includes(name)),
      `is not a list of ${names.join(', ')}`,
    );

const percentiles = z
  .string()
  .transform((text) => [...new Set(text.split(',').map(Number))].sort((a, b) => a - b))
  .refine(
    (given) => given.length <= 20 && given.every((p) => p > 0 && p <= 100),
    'is not a list of up to 20 numbers above 0 and up to 100',
  )
  .default([50, 95, 99])
  .meta({ description: 'Percentiles, nearest rank', example: '50,95,99' });

const devices = z
  .string()
  .transform((text) => [...new Set(text.split(','))])
  .refine(
    (ids) => ids.length <= MAX_DEVICES && ids.every((id) => deviceId.safeParse(id).success),
    `is not a list of up to ${MAX_DEVICES} device ids`,
  )
  .optional()
  .meta({ description: 'Only these devices; absent: the whole fleet', example: 'pi-1,pi-2' });

const isOrdered = ({ from, to }: { from?: number | undefined; to?: number | undefined }) =>
  from === undefined || to === undefined || from < to;
const UNORDERED = { path: ['from'], message: 'is not before `to`' };

const hasDays = ({
  bucket: width,
  tz,
}: {
  bucket: number | 'auto' | 'all';
  tz?: string | undefined;
}) => tz === undefined || width === 'auto' || (width !== 'all' && width % UNIT_MS.d === 0);
const NOT_DAYS = { path: ['tz'], message: 'is for bucket=auto and buckets of whole days, like 1d' };

export const devicePath = z.strictObject({ id: deviceId });
export type DevicePath = z.infer<typeof devicePath>;

export const framePath = z.strictObject({ id: deviceId, frame: frameId });
export type FramePath = z.infer<typeof framePath>;

/** Which frames. */
const which = {
  from: time.optional(),
  to: time.optional(),
  model: modelReference.optional(),
  version: wholeNumber(2 ** 31 - 1)
    .optional()
    .meta({ description: 'Version of the model', example: 3 }),
  plan: wholeNumber(2 ** 31 - 1)
    .optional()
    .meta({ description: 'Version of the plan of a device', example: 7 }),
  outcome: z.enum(outcomes).optional(),
  link: z.enum(linkClasses).optional().meta({
    description:
      'Class of the uplink estimate when the frame began: 3g below 3 Mbps, 4g below 12, wifi below 60, wired from there; unknown: no estimate',
  }),
};
const framesShape = {
  ...which,
  limit: wholeNumber(1000)
    .default(100)
    .meta({ description: 'Frames a page, 1 to 1000', example: 100 }),
  cursor: z.string().max(200).optional().meta({ description: '`next` of the page before' }),
  fields: frameFields.query,
};
const exportShape = {
  ...which,
  format: z.enum(exportFormats).default('ndjson'),
};
/** Which devices of the fleet. */
const whose = {
  devices,
  group: groupName.optional().meta({ description: 'Only devices of this group' }),
  tag: tagList.optional(),
};
const latencyShape = {
  ...which,
  bucket,
  tz: timeZone,
  percentiles,
  stage: list(timedStages)
    .default([...timedStages])
    .meta({ description: 'Only these stages', example: 'total,uplink' }),
  compare: z
    .enum(['predicted'])
    .optional()
    .meta({ description: 'predicted: adds what was measured less what had been predicted' }),
};

export const framesQuery = z.strictObject(framesShape).refine(isOrdered, UNORDERED);
export type FramesQuery = z.infer<typeof framesQuery>;

export const exportQuery = z.strictObject(exportShape).refine(isOrdered, UNORDERED);
export type ExportQuery = z.infer<typeof exportQuery>;

export const fleetExportQuery = z
  .strictObject({ ...exportShape, ...whose })
  .refine(isOrdered, UNORDERED);
export type FleetExportQuery = z.infer<typeof fleetExportQuery>;

export const latencyQuery = z
  .strictObject(latencyShape)
  .refine(isOrdered, UNORDERED)
  .refine(hasDays, NOT_DAYS);
export type LatencyQuery = z.infer<typeof latencyQuery>;

export const fleetLatencyQuery = z
  .strictObject({
    ...latencyShape,
    ...whose,
  })
  .refine(isOrdered, UNORDERED)
  .refine(hasDays, NOT_DAYS);
export type FleetLatencyQuery = z.infer<typeof fleetLatencyQuery>;
