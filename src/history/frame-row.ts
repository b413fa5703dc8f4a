/**
 * A frame's record as a row of the database.
 *
 * A row is placed on the service's clock, by its age; what the device thinks the time is only tells its skew.
 */
import type { FrameRecord } from '../wire/index.js';
import { measuredColumn, predictedColumn, timedStages } from './stages.js';

/** The columns of a row, in the order of its values; `seq` is given by the database. */
export const frameColumns = [
  'deviceId',
  'frame',
  'startedAt',
  'receivedAt',
  'skewMs',
  'model',
  'planVersion',
  'outcome',
  'faultCode',
  'faultText',
  'deadlineMs',
  'uplinkMsPerByte',
  'rttMs',
  'sentBytes',
  'source',
  'answer',
  ...timedStages.map(measuredColumn),
  ...timedStages.map(predictedColumn),
] as const;

export type FrameRow = readonly (string | number | null)[];

/** Oldest frame a device may report; an age beyond it is a fault of the device and is cut here. */
const MAX_AGE_MS = 366 * 24 * 3600 * 1000;

/** A time as the database keeps it; the text sorts by time. */
export function databaseTime(time: Date): string {
  return time.toISOString().replace('Z', '+00:00');
}

/** The row of a record that came in at a time; as many values as there are columns. */
export function frameRow(device: string, record: FrameRecord, receivedAt: Date): FrameRow {
  const startedAt = new Date(receivedAt.getTime() - Math.min(record.ageMs, MAX_AGE_MS));
  const { fault, link, measured, predicted } = record;
  return [
    device,
    record.frame,
    databaseTime(startedAt),
    databaseTime(receivedAt),
    Date.parse(record.at) - startedAt.getTime(),
    record.model,
    record.planVersion,
    record.outcome,
    fault?.code ?? null,
    fault?.message ?? null,
    record.deadlineMs,
    link?.uplinkMsPerByte ?? null,
    link?.rttMs ?? null,
    record.sentBytes,
    record.source ?? null,
    record.answer === undefined ? null : JSON.stringify(record.answer),
    ...timedStages.map((stage) => ({ ...measured, totalMs: record.totalMs })[`${stage}Ms`]),
    ...timedStages.map((stage) => predicted?.[`${stage}Ms`] ?? null),
  ];
}
