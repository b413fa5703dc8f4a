/** What became of one frame, and its forms: the ledger's record, a JSON object, a line to read. */
import {
  type DesiredPlan,
  type FrameRecord,
  type ModelDocument,
  numbersOf,
  type StageTimes,
  type Tensor,
} from '../../../../src/wire/index.js';

/** Outputs with more elements are given as base64 of their bytes. */
const NUMBERS_LIMIT = 4096;

export interface FrameReport {
  readonly record: Omit<FrameRecord, 'ageMs'>;
  /** On the monotonic clock. */
  readonly startedMs: number;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Decoding and preparing the input, before the frame's clock starts. */
  readonly prepareMs: number;
  readonly model: ModelDocument;
  readonly plan: DesiredPlan | null;
}

export const noStages: StageTimes = {
  deviceMs: 0,
  encodeMs: 0,
  uplinkMs: 0,
  queueMs: 0,
  cloudMs: 0,
  downlinkMs: 0,
};

/** The frame as a JSON object; outputs only where they are asked for. */
export function reportJson(report: FrameReport, withOutputs: boolean): object {
  const { record, plan, model, prepareMs, outputs } = report;
  return {
    frame: record.frame,
    source: record.source,
    at: record.at,
    model: { name: model.name, version: model.version },
    outcome: record.outcome,
    fault: record.fault,
    answer: record.answer,
    totalMs: record.totalMs,
    prepareMs,
    stages: record.measured,
    predicted: record.predicted,
    sentBytes: record.sentBytes,
    link: record.link,
    plan: plan && {
      version: plan.version,
      cut: record.cut ?? 0,
      device: plan.device.length,
      cloud: plan.cloud.length,
    },
    ...(withOutputs && { outputs: [...outputs].map(outputJson) }),
  };
}

function outputJson([name, tensor]: [string, Tensor]): object {
  const { dtype, dims, data } = tensor;
  const numbers = numbersOf(tensor);
  return numbers.length <= NUMBERS_LIMIT
    ? { name, dtype, dims, values: numbers.map(jsonNumber) }
    : { name, dtype, dims, base64: Buffer.from(data).toString('base64') };
}

/** JSON has no NaN and no infinities: they become their names. */
function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The frame as a line to read. */
export function reportLine({ record, plan, outputs }: FrameReport, number: number): string {
  const { measured, predicted, fault, answer } = record;
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const stages = Object.entries(measured)
    .filter(([, value]) => value >= 0.05)
    .map(([name, value]) => `${name.slice(0, -2)} ${value.toFixed(1)}`);
  const answerText =
    answer && `${answer.label ?? `class ${answer.index}`} (${answer.score.toFixed(3)})`;
  const size = [...outputs.values()].reduce((sum, { data }) => sum + data.length, 0);
  return [
    `frame ${number}  ${record.source ?? ''}`,
    answerText ?? (record.outcome === 'failed' ? 'no answer' : `${size} bytes out`),
    stages.length > 0 ? `${ms(record.totalMs)} (${stages.join(' · ')})` : ms(record.totalMs),
    plan === null
      ? 'no plan'
      : `plan ${plan.version}: ${plan.device.length} of ${plan.device.length + plan.cloud.length} blocks here, ${(record.sentBytes / 1024).toFixed(1)} KiB sent`,
    ...(predicted ? [`predicted ${ms(predicted.totalMs)}`] : []),
    ...(record.outcome === 'cloud' ? [] : [record.outcome]),
    ...(fault ? [`${fault.code}: ${fault.message}`] : []),
  ].join('  ');
}
