/** What the REST interface answers of the history, field by field. Threads use its types alone. */
import { z } from 'zod';
import { instant, pageOf, type Told, toldFault, underSomeOf } from '../../platform/index.js';
import { frameRecord, linkClasses, outcomes, prediction, stageTimes } from '../../wire/index.js';
import { timedStages } from '../frames/stages.js';

const cloud = z
  .object({
    arrivedMs: z.number(),
    completeMs: z.number().nullable(),
    endedMs: z.number(),
    endedAs: z.string().describe('result, or the code of the fault'),
    queueMs: z.number().nullable(),
    runMs: z.number().nullable(),
  })
  .describe('What the cloud saw; times in ms since the frame began, on the service’s clock');

export const frameView = z
  .object({
    frame: z.string(),
    device: z.string(),
    startedAt: instant,
    receivedAt: instant,
    skewMs: z.number(),
    clockErrorMs: z.number().nullable(),
    model: z.string().describe('Digest of the model'),
    planVersion: z.int(),
    outcome: z.enum(outcomes),
    fault: toldFault.nullable(),
    deadlineMs: z.number(),
    totalMs: z.number(),
    measured: stageTimes,
    predicted: prediction.nullable(),
    cloud: cloud.nullable(),
    linkClass: z.enum(linkClasses),
    link: z.object({ uplinkMsPerByte: z.number(), rttMs: z.number().nullable() }).nullable(),
    sentBytes: z.int(),
    source: z.string().nullable(),
    answer: frameRecord.shape.answer.unwrap().nullable(),
  })
  .meta({ id: 'Frame' });
export type FrameView = Told<typeof frameView>;
export type CloudView = NonNullable<FrameView['cloud']>;

export const framesPage = pageOf('frames', frameView);
export type FramesPage = Told<typeof framesPage>;

const timelineBar = z.object({
  stage: z.string(),
  fromMs: z.number().describe('Since the frame began'),
  toMs: z.number(),
});
export type TimelineBar = Told<typeof timelineBar>;

const timeline = z.object({
  measured: z.array(timelineBar),
  predicted: z.array(timelineBar).nullable(),
});
export type Timeline = Told<typeof timeline>;

export const timedFrame = frameView.extend({ timeline }).meta({ id: 'TimedFrame' });
export type TimedFrame = Told<typeof timedFrame>;

const difference = z.object({
  meanMs: z.number(),
  percentilesMs: z.record(z.string(), z.number()).meta({ example: { p50: 41.2, p95: 97 } }),
});
const distribution = difference.extend({ count: z.int() });
export type Distribution = Told<typeof distribution>;

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
export type StageLatency = Told<typeof stageLatency>;

const latencyBucket = z.object({
  from: instant,
  to: instant,
  count: z.int(),
  outcomes: underSomeOf(outcomes, z.int()),
  stages: underSomeOf(timedStages, stageLatency),
});
export type LatencyBucket = Told<typeof latencyBucket>;

const latencySources = ['frames', 'minute', 'hour', 'day'] as const;
/** What the figures were made from: the frames themselves, or the finest roll-ups that were used. */
export type LatencySource = (typeof latencySources)[number];

export const latencyAnswer = z
  .object({
    from: instant.describe(
      'With `to`: the range asked for, widened to whole roll-ups where these were used',
    ),
    to: instant,
    bucketMs: z.number().nullable().describe('null: one bucket over all'),
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
export type LatencyAnswer = Told<typeof latencyAnswer>;

export const deviceLatency = latencyAnswer
  .extend({ device: z.string() })
  .meta({ id: 'DeviceLatency' });
