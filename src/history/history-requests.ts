/** What the history may be asked over REST, as zod schemas: unknown fields are refused, times and buckets are parsed. */
import { z } from 'zod';
import { wholeNumber } from '../platform/index.js';
import { deviceId, outcomes } from '../wire/index.js';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MIN_BUCKET_MS = 100;
/** The last time a Date can hold. */
const MAX_TIME_MS = 8.64e15;

const epochMs = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform((digits) => new Date(Math.min(Number(digits), MAX_TIME_MS)));
const isoTime = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const time = z
  .union([epochMs, isoTime], 'is neither an ISO 8601 time with zone nor milliseconds since 1970')
  .meta({
    description: 'ISO 8601 with zone, or milliseconds since 1970',
    example: '2026-01-31T12:00:00Z',
  });

const bucketMs = z
  .string()
  .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'is not a duration like 10s, 1m, 1h or 1d')
  .transform((text) => {
    const unit = text.replace(/^\d+/, '') as keyof typeof UNIT_MS;
    return Number.parseInt(text, 10) * UNIT_MS[unit];
  })
  .refine((ms) => ms >= MIN_BUCKET_MS, `is shorter than ${MIN_BUCKET_MS} ms`)
  .meta({
    description: 'Width of a bucket, aligned to 1970 in UTC; absent: one bucket over all',
    example: '1m',
  });

const percentiles = z
  .string()
  .transform((text) => [...new Set(text.split(',').map(Number))].sort((a, b) => a - b))
  .refine(
    (list) => list.length <= 20 && list.every((p) => p > 0 && p <= 100),
    'is not a list of up to 20 numbers above 0 and up to 100',
  )
  .meta({ description: 'Percentiles, nearest rank', example: '50,95,99' });

const isOrdered = ({ from, to }: { from?: Date | undefined; to?: Date | undefined }) =>
  from === undefined || to === undefined || from < to;
const UNORDERED = { path: ['from'], message: 'is not before `to`' };

export const devicePath = z.strictObject({ id: deviceId });
export type DevicePath = z.infer<typeof devicePath>;

const range = {
  from: time.optional(),
  to: time.optional(),
};

export const framesQuery = z
  .strictObject({
    limit: wholeNumber(1000)
      .default(100)
      .meta({ description: 'Frames a page, 1 to 1000', example: '100' }),
    cursor: z.string().max(200).optional().meta({ description: '`next` of the page before' }),
    outcome: z.enum(outcomes).optional(),
    ...range,
  })
  .refine(isOrdered, UNORDERED);
export type FramesQuery = z.infer<typeof framesQuery>;

export const latencyQuery = z
  .strictObject({
    bucket: bucketMs.optional(),
    percentiles: percentiles.default([50, 95, 99]),
    ...range,
  })
  .refine(isOrdered, UNORDERED);
export type LatencyQuery = z.infer<typeof latencyQuery>;
