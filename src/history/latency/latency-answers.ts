/** Latencies as the REST interface answers them, field by field. Threads use the types alone. */
import { z } from 'zod';
import { instant, type ResponseOf, underSomeOf } from '../../platform/index.js';
import { outcomes } from '../../wire/index.js';
import { timedStages } from '../frames/stages.js';

const difference = z.object({
  meanMs: z.number(),
  percentilesMs: z.record(z.string(), z.number()).meta({ example: { p50: 41.2, p95: 97 } }),
});
const distribution = difference.extend({ count: z.int() });
export type Distribution = ResponseOf<typeof distribution>;

const stageLatency = z
  .object({
    measured: distribution.nullable(),
    predicted: distribution.nullable(),
    difference: difference
      .nullable()
      .exactOptional()
      .describe('With compare=predicted: measured less predicted; null where one of them is'),
  })
  .meta({ id: 'StageLatency' });
export type StageLatency = ResponseOf<typeof stageLatency>;

const latencyBucket = z.object({
  from: instant,
  to: instant,
  count: z.int(),
  outcomes: underSomeOf(outcomes, z.int()),
  stages: underSomeOf(timedStages, stageLatency),
});
export type LatencyBucket = ResponseOf<typeof latencyBucket>;

const latencySources = ['frames', 'minute', 'hour', 'day'] as const;
/** What the figures were made from: the frames themselves, or the finest roll-ups that were used. */
export type LatencySource = (typeof latencySources)[number];

export const latencyAnswer = z
  .object({
    from: instant.describe(
      'With `to`: the range asked for, widened to whole roll-ups where these were used; nothing of it before what is kept',
    ),
    to: instant,
    bucketMs: z
      .number()
      .nullable()
      .describe('null: one bucket over all. Local days differ where clocks change'),
    tz: z.string().nullable().describe('Time zone whose days the buckets are; null: UTC'),
    percentiles: z.array(z.number()),
    source: z
      .enum(latencySources)
      .describe('The frames themselves, or the finest roll-ups that were used'),
    relativeError: z
      .number()
      .describe(
        'A percentile is within this share of the exact nearest-rank one; 0: it is that one. Counts and means are exact',
      ),
    buckets: z.array(latencyBucket).describe('Oldest first; a bucket without frames is left out'),
  })
  .meta({ id: 'Latency' });
export type LatencyAnswer = ResponseOf<typeof latencyAnswer>;

export const deviceLatency = latencyAnswer
  .extend({ device: z.string() })
  .meta({ id: 'DeviceLatency' });
