/** A stored frame as REST shows it: measured and predicted times, absent values null. */
import { linkClassOf, type Outcome } from '../../wire/index.js';
import type { StoredFrame } from '../frames/frames.store.js';
import type { CloudView, FrameView } from './frame-answers.js';

const isoOf = (ms: bigint | number) => new Date(Number(ms)).toISOString();

/** The view of a row. */
export function viewOf(row: StoredFrame): FrameView {
  return {
    frame: row.frame,
    device: row.deviceId,
    startedAt: isoOf(row.startedMs),
    receivedAt: isoOf(row.receivedMs),
    skewMs: row.skewMs,
    clockErrorMs: row.clockErrorMs,
    model: row.model,
    planVersion: row.planVersion,
    outcome: row.outcome as Outcome,
    fault: row.faultCode === null ? null : { code: row.faultCode, message: row.faultText ?? '' },
    deadlineMs: row.deadlineMs,
    totalMs: row.totalMs,
    measured: {
      deviceMs: row.deviceMs,
      encodeMs: row.encodeMs,
      uplinkMs: row.uplinkMs,
      queueMs: row.queueMs,
      cloudMs: row.cloudMs,
      downlinkMs: row.downlinkMs,
    },
    predicted:
      row.predictedTotalMs === null
        ? null
        : {
            totalMs: row.predictedTotalMs,
            deviceMs: row.predictedDeviceMs ?? 0,
            encodeMs: row.predictedEncodeMs ?? 0,
            uplinkMs: row.predictedUplinkMs ?? 0,
            queueMs: row.predictedQueueMs ?? 0,
            cloudMs: row.predictedCloudMs ?? 0,
            downlinkMs: row.predictedDownlinkMs ?? 0,
          },
    cloud: cloudOf(row),
    linkClass: linkClassOf(row.uplinkMsPerByte),
    link:
      row.uplinkMsPerByte === null
        ? null
        : { uplinkMsPerByte: row.uplinkMsPerByte, rttMs: row.rttMs },
    sentBytes: row.sentBytes,
    source: row.source,
    answer: row.answer as FrameView['answer'],
  };
}

/** What the cloud saw; times in ms since the frame began, on the service's clock. */
function cloudOf(row: StoredFrame): CloudView | null {
  const { startedMs, cloudArrivedMs, cloudCompleteMs, cloudEndedMs, cloudEndedAs } = row;
  if (cloudArrivedMs === null || cloudEndedMs === null || cloudEndedAs === null) return null;
  const since = (ms: bigint | number) => Number(ms) - Number(startedMs);
  return {
    arrivedMs: since(cloudArrivedMs),
    completeMs: cloudCompleteMs === null ? null : since(cloudCompleteMs),
    endedMs: since(cloudEndedMs),
    endedAs: cloudEndedAs,
    queueMs: row.cloudQueueMs,
    runMs: row.cloudRunMs,
  };
}
