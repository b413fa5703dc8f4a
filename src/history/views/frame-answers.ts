/** Frames as the REST interface answers them, field by field. Threads use the types alone. */
import { z } from 'zod';
import {
  chosenFields,
  instant,
  pageOf,
  type ResponseOf,
  reportedFault,
} from '../../platform/index.js';
import { frameRecord, linkClasses, outcomes, prediction, stageTimes } from '../../wire/index.js';

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
    fault: reportedFault.nullable(),
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
export type FrameView = ResponseOf<typeof frameView>;
export type CloudView = NonNullable<FrameView['cloud']>;

/** The fields of frames in lists. */
export const frameFields = chosenFields(frameView, ['frame', 'device'], 'ListedFrame');

export const framesPage = pageOf('frames', frameFields.item);
export type FramesPage = ResponseOf<typeof framesPage>;
/** With all fields of every frame. */
export interface WholeFramesPage extends FramesPage {
  readonly frames: readonly FrameView[];
}

const timelineBar = z.object({
  stage: z.string(),
  fromMs: z.number().describe('Since the frame began'),
  toMs: z.number(),
});
export type TimelineBar = ResponseOf<typeof timelineBar>;

const timeline = z.object({
  measured: z.array(timelineBar),
  predicted: z.array(timelineBar).nullable(),
});
export type Timeline = ResponseOf<typeof timeline>;

export const timedFrame = frameView.extend({ timeline }).meta({ id: 'TimedFrame' });
export type TimedFrame = ResponseOf<typeof timedFrame>;
