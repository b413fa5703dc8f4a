/**
 * A stored frame as REST shows it: measured and predicted times, absent values null. Numbers that an earlier version stored outside
 * their ranges are shown at the edges.
 */
import {
  clamp,
  frameRecord,
  linkAtStart,
  linkClassOf,
  type Outcome,
  type Prediction,
  prediction,
  ranges,
  stageTimes,
  withinRanges,
} from '../../wire/index.js';
import type { StoredFrame } from '../frames/frames.store.js';
import type { CloudView, FrameView } from './frame-answers.js';

/** Times with four digits of the year. */
const INSTANTS = { min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') };
/** Differences of two of them. */
const SPANS = { min: -INSTANTS.max, max: INSTANTS.max };

const isoOf = (ms: bigint | number) => new Date(clamp(Number(ms), INSTANTS)).toISOString();
const stages = withinRanges(stageTimes);
const predicted = withinRanges(prediction);
const answer = withinRanges(frameRecord.shape.answer);
const linkSeen = withinRanges(linkAtStart.pick({ uplinkMsPerByte: true, rttMs: true }));

/** The view of a row. */
export function viewOf(row: StoredFrame): FrameView {
  return {
    frame: row.frame,
    device: row.deviceId,
    startedAt: isoOf(row.startedMs),
    receivedAt: isoOf(row.receivedMs),
    skewMs: clamp(row.skewMs, SPANS),
    clockErrorMs: row.clockErrorMs === null ? null : clamp(row.clockErrorMs, SPANS),
    model: row.model,
    planVersion: row.planVersion,
    outcome: row.outcome as Outcome,
    fault: row.faultCode === null ? null : { code: row.faultCode, message: row.faultText ?? '' },
    deadlineMs: clamp(row.deadlineMs, ranges.deadlineMs),
    totalMs: clamp(row.totalMs, ranges.durationMs),
    measured: stages({
      deviceMs: row.deviceMs,
      encodeMs: row.encodeMs,
      uplinkMs: row.uplinkMs,
      queueMs: row.queueMs,
      cloudMs: row.cloudMs,
      downlinkMs: row.downlinkMs,
    }),
    predicted: predicted(predictionOf(row)),
    cloud: cloudOf(row),
    linkClass: linkClassOf(row.uplinkMsPerByte),
    link: linkOf(row),
    sentBytes: row.sentBytes,
    source: row.source,
    answer: answer(row.answer as FrameView['answer']),
  };
}

/** Null where any time of it is missing. */
function predictionOf(row: StoredFrame): Prediction | null {
  const times = {
    totalMs: row.predictedTotalMs,
    deviceMs: row.predictedDeviceMs,
    encodeMs: row.predictedEncodeMs,
    uplinkMs: row.predictedUplinkMs,
    queueMs: row.predictedQueueMs,
    cloudMs: row.predictedCloudMs,
    downlinkMs: row.predictedDownlinkMs,
  };
  return Object.values(times).includes(null) ? null : (times as Prediction);
}

function linkOf({ uplinkMsPerByte, rttMs }: StoredFrame): FrameView['link'] {
  if (uplinkMsPerByte === null) return null;
  if (rttMs !== null) return linkSeen({ uplinkMsPerByte, rttMs });
  return { uplinkMsPerByte: clamp(uplinkMsPerByte, ranges.uplinkMsPerByte), rttMs };
}

/** What the cloud saw; times in ms since the frame began, on the service's clock. */
function cloudOf(row: StoredFrame): CloudView | null {
  const { startedMs, cloudArrivedMs, cloudCompleteMs, cloudEndedMs, cloudEndedAs } = row;
  if (cloudArrivedMs === null || cloudEndedMs === null || cloudEndedAs === null) return null;
  const since = (ms: bigint | number) => clamp(Number(ms) - Number(startedMs), SPANS);
  return {
    arrivedMs: since(cloudArrivedMs),
    completeMs: cloudCompleteMs === null ? null : since(cloudCompleteMs),
    endedMs: since(cloudEndedMs),
    endedAs: cloudEndedAs,
    queueMs: row.cloudQueueMs,
    runMs: row.cloudRunMs,
  };
}
