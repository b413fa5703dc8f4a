/**
 * A frame's record as a row of the database.
 *
 * A row is placed on the service's clock, by the age of the frame and the transit time of the message. The time of the device
 * only gives its skew. A frame of unknown age is placed by the least age that it can have, with an unknown error. The row also holds the cloud's half of the frame, where it is known by now.
 */
import type { Columns } from '../../platform/database/index.js';
import { clamp, type FrameRecord, ranges, stageNames } from '../../wire/index.js';
import type { CloudHalf } from './cloud-half.js';
import { measuredColumn, predictedColumn, timedStages } from './stages.js';

type Real<K extends string> = Record<K, 'real'>;
const real = <K extends string>(names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, 'real'])) as Real<K>;

/** The columns of the cloud's half; all are empty without one. */
export const halfColumns = {
  cloudArrivedMs: 'integer',
  cloudCompleteMs: 'integer',
  cloudEndedMs: 'integer',
  cloudEndedAs: 'text',
  cloudQueueMs: 'real',
  cloudRunMs: 'real',
} as const satisfies Columns;

/** The columns of a row, in the order of its values; `seq` is put before them when it is written. */
export const frameColumns = {
  deviceId: 'text',
  frame: 'text',
  startedMs: 'integer',
  receivedMs: 'integer',
  skewMs: 'real',
  model: 'text',
  planVersion: 'integer',
  outcome: 'text',
  faultCode: 'text',
  faultText: 'text',
  deadlineMs: 'real',
  uplinkMsPerByte: 'real',
  rttMs: 'real',
  sentBytes: 'integer',
  source: 'text',
  answer: 'json',
  ...real(timedStages.map(measuredColumn)),
  ...real(timedStages.map(predictedColumn)),
  clockErrorMs: 'real',
  ...halfColumns,
} as const satisfies Columns;

export type FrameRow = readonly unknown[];

/** The fields of a record's stages, behind the total, in the order of the columns. */
const MEASURED = stageNames.map(measuredColumn);

/** When a record arrived, its transit time, and the error of that; null when unknown. */
export interface Arrival {
  readonly receivedMs: number;
  readonly delayMs: number;
  readonly clockErrorMs: number | null;
}

/** The row of a record; as many values as there are columns. */
export function frameRow(
  device: string,
  record: FrameRecord,
  { receivedMs, delayMs, clockErrorMs }: Arrival,
  half?: CloudHalf,
): FrameRow {
  const startedMs = Math.floor(receivedMs - delayMs - clamp(record.ageMs, ranges.ageMs));
  const { fault, link, measured, predicted } = record;
  return [
    device,
    record.frame,
    startedMs,
    receivedMs,
    Date.parse(record.at) - startedMs,
    record.model,
    clamp(record.planVersion, ranges.count),
    record.outcome,
    fault?.code ?? null,
    fault?.message ?? null,
    record.deadlineMs,
    link?.uplinkMsPerByte ?? null,
    link?.rttMs ?? null,
    clamp(record.sentBytes, ranges.sentBytes),
    record.source ?? null,
    record.answer ?? null,
    record.totalMs,
    ...MEASURED.map((name) => measured[name]),
    predicted?.totalMs ?? null,
    ...MEASURED.map((name) => predicted?.[name] ?? null),
    record.isAgeKnown === false ? null : clockErrorMs,
    ...halfValues(half),
  ];
}

/** The values of a half in the order of its columns. */
export function halfValues(half: CloudHalf | undefined): readonly unknown[] {
  if (half === undefined) return Object.keys(halfColumns).map(() => null);
  const { arrivedMs, completeMs, endedMs, endedAs, queueMs, runMs } = half;
  return [arrivedMs, completeMs, endedMs, endedAs, queueMs, runMs];
}
