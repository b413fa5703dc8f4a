/** A stored frame as REST shows it: measured beside predicted, absent things null. */
import type { Outcome } from '../wire/index.js';
import type { StoredFrame } from './frames.store.js';

export type FrameView = ReturnType<typeof frameView>;

/** The view of a row. */
export function frameView(row: StoredFrame) {
  return {
    frame: row.frame,
    startedAt: row.startedAt.toISOString(),
    receivedAt: row.receivedAt.toISOString(),
    skewMs: row.skewMs,
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
            deviceMs: row.predictedDeviceMs,
            encodeMs: row.predictedEncodeMs,
            uplinkMs: row.predictedUplinkMs,
            queueMs: row.predictedQueueMs,
            cloudMs: row.predictedCloudMs,
            downlinkMs: row.predictedDownlinkMs,
          },
    link:
      row.uplinkMsPerByte === null
        ? null
        : { uplinkMsPerByte: row.uplinkMsPerByte, rttMs: row.rttMs },
    sentBytes: row.sentBytes,
    source: row.source,
    answer: row.answer,
  };
}
