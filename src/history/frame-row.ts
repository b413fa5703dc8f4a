/**
 * A frame's record as a row of the database.
 *
 * A row is placed on the service's clock, by its age; what the device thinks the time is only tells its skew.
 */
import type { Columns } from '../platform/database/index.js';
import { type FrameRecord, stageNames } from '../wire/index.js';
import { measuredColumn, predictedColumn, timedStages } from './stages.js';

type Real<K extends string> = Record<K, 'real'>;
const real = <K extends string>(names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, 'real'])) as Real<K>;

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
} as const satisfies Columns;

export type FrameRow = readonly unknown[];

/** The fields of a record's stages, behind the total, in the order of the columns. */
const MEASURED = stageNames.map(measuredColumn);

/** Oldest frame a device may report; an age beyond it is a fault of the device and is cut here. */
const MAX_AGE_MS = 366 * 24 * 3600 * 1000;
/** The largest number of the databases' smaller whole numbers. */
const MAX_INT = 2 ** 31 - 1;

/** The row of a record that came in at a time; as many values as there are columns. */
export function frameRow(device: string, record: FrameRecord, receivedAt: Date): FrameRow {
  const receivedMs = receivedAt.getTime();
  const startedMs = Math.floor(receivedMs - Math.min(record.ageMs, MAX_AGE_MS));
  const { fault, link, measured, predicted } = record;
  return [
    device,
    record.frame,
    startedMs,
    receivedMs,
    Date.parse(record.at) - startedMs,
    record.model,
    Math.min(record.planVersion, MAX_INT),
    record.outcome,
    fault?.code ?? null,
    fault?.message ?? null,
    record.deadlineMs,
    link?.uplinkMsPerByte ?? null,
    link?.rttMs ?? null,
    Math.min(record.sentBytes, MAX_INT),
    record.source ?? null,
    record.answer ?? null,
    record.totalMs,
    ...MEASURED.map((name) => measured[name]),
    predicted?.totalMs ?? null,
    ...MEASURED.map((name) => predicted?.[name] ?? null),
  ];
}
