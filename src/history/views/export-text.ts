/** Frames as lines of text: NDJSON (one JSON object a line, as REST shows a frame) or CSV (RFC 4180, one header line). */
import type { FrameView } from './frame-answers.js';

export const exportFormats = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const contentTypes: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/** The columns of a CSV file: names with the way to their values. Only ever add at the end. */
const CSV_COLUMNS: Readonly<Record<string, (view: FrameView) => unknown>> = {
  device: ({ device }) => device,
  frame: ({ frame }) => frame,
  startedAt: ({ startedAt }) => startedAt,
  receivedAt: ({ receivedAt }) => receivedAt,
  skewMs: ({ skewMs }) => skewMs,
  model: ({ model }) => model,
  planVersion: ({ planVersion }) => planVersion,
  outcome: ({ outcome }) => outcome,
  faultCode: ({ fault }) => fault?.code,
  faultMessage: ({ fault }) => fault?.message,
  deadlineMs: ({ deadlineMs }) => deadlineMs,
  totalMs: ({ totalMs }) => totalMs,
  deviceMs: ({ measured }) => measured.deviceMs,
  encodeMs: ({ measured }) => measured.encodeMs,
  uplinkMs: ({ measured }) => measured.uplinkMs,
  queueMs: ({ measured }) => measured.queueMs,
  cloudMs: ({ measured }) => measured.cloudMs,
  downlinkMs: ({ measured }) => measured.downlinkMs,
  predictedTotalMs: ({ predicted }) => predicted?.totalMs,
  predictedDeviceMs: ({ predicted }) => predicted?.deviceMs,
  predictedEncodeMs: ({ predicted }) => predicted?.encodeMs,
  predictedUplinkMs: ({ predicted }) => predicted?.uplinkMs,
  predictedQueueMs: ({ predicted }) => predicted?.queueMs,
  predictedCloudMs: ({ predicted }) => predicted?.cloudMs,
  predictedDownlinkMs: ({ predicted }) => predicted?.downlinkMs,
  linkClass: ({ linkClass }) => linkClass,
  uplinkMsPerByte: ({ link }) => link?.uplinkMsPerByte,
  rttMs: ({ link }) => link?.rttMs,
  sentBytes: ({ sentBytes }) => sentBytes,
  source: ({ source }) => source,
  clockErrorMs: ({ clockErrorMs }) => clockErrorMs,
  cloudArrivedMs: ({ cloud }) => cloud?.arrivedMs,
  cloudCompleteMs: ({ cloud }) => cloud?.completeMs,
  cloudEndedMs: ({ cloud }) => cloud?.endedMs,
  cloudEndedAs: ({ cloud }) => cloud?.endedAs,
  cloudQueueMs: ({ cloud }) => cloud?.queueMs,
  cloudRunMs: ({ cloud }) => cloud?.runMs,
  answerIndex: ({ answer }) => answer?.index,
  answerLabel: ({ answer }) => answer?.label,
  answerScore: ({ answer }) => answer?.score,
};

/** What a file begins with. */
export function exportHead(format: ExportFormat): string {
  return format === 'csv' ? `${Object.keys(CSV_COLUMNS).join(',')}\r\n` : '';
}

/** The lines of some frames. */
export function exportLines(format: ExportFormat, frames: readonly FrameView[]): string {
  if (format === 'ndjson') return frames.map((frame) => `${JSON.stringify(frame)}\n`).join('');
  const columns = Object.values(CSV_COLUMNS);
  return frames
    .map((frame) => `${columns.map((read) => field(read(frame))).join(',')}\r\n`)
    .join('');
}

/** A text that a spreadsheet would take for a formula begins with an apostrophe instead: file names come from devices. */
function field(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
