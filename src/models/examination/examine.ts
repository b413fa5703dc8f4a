/**
 * The whole examination of a model: from the bytes of an ONNX file to its document, with its blocks in a folder.
 * Runs in a child process (examiner-process.ts), because uploaded models are not trusted.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { blocksOf, inputForms, serializeModel } from '../../onnx/index.js';
import { type ModelManifest, tensorBytes, withheldBy } from '../../wire/index.js';
import { measuredAccuracy } from './accuracy/measured-accuracy.js';
import { worthwhileSets } from './cuts/worthwhile-sets.js';
import type { Examined, Progress } from './examined.js';
import { type PreparedModel, prepareModel } from './inputs/prepared-model.js';
import { measureDecoding } from './timings/decode-times.js';
import { storeBlocks } from './timings/stored-blocks.js';
import { timeUnits } from './timings/unit-times.js';

export interface ExaminationOptions {
  readonly manifest: ModelManifest;
  /** Bytes of the uploaded inputs, if any. */
  readonly calibration: readonly Uint8Array[];
  /** Seed of synthetic inputs. */
  readonly seed: number;
  /** Threads the cloud computes a block with. */
  readonly threads: number;
  /** Where the blocks are written to, each named by its digest. */
  readonly folder: string;
  readonly progress: (progress: Progress) => void;
}

/** Shares of the whole at which the steps begin. */
const UNITS_AT = 0.15;
const PLANS_AT = 0.45;
const BLOCKS_AT = 0.6;
const ACCURACY_AT = 0.8;
/** Of the step that measures accuracy. */
export const MEASURING = 'measuring the accuracy of lossy encodings';

/** Examines a model; throws the Fault of a refused model. */
export async function examine(bytes: Uint8Array, options: ExaminationOptions): Promise<Examined> {
  const { threads, folder, progress } = options;
  const prepared = await prepareModel(bytes, options);
  const { units } = prepared;
  const forms = inputForms(prepared.model);
  const count = units.units.length;
  const unitMs = await timeUnits(prepared, threads, (done) => {
    const share = UNITS_AT + done * (PLANS_AT - UNITS_AT);
    progress({ step: 'units', share, text: `timing ${count} units` });
  });
  const isWithheld = withheldBy({
    ...{ leaves: options.manifest.leaves, inputs: prepared.inputs },
    tensors: [...forms].map((name) => ({ name, showsInput: true })),
  });
  const sets = worthwhileSets(prepared, { unitMs, isWithheld }, (done) => {
    const share = PLANS_AT + done * (BLOCKS_AT - PLANS_AT);
    progress({ step: 'plans', share, text: 'searching the cuts that are best on any link' });
  });
  const parts = blocksOf(units, sets);
  const stored = await storeBlocks(prepared, parts, { folder, threads }, (done) => {
    const share = BLOCKS_AT + done * (ACCURACY_AT - BLOCKS_AT);
    progress({ step: 'blocks', share, text: `timing ${parts.length} blocks` });
  });
  const accuracy = await accuracyOf(prepared, stored.blocks, options);
  return {
    digest: createHash('sha256').update(serializeModel(prepared.model)).digest('hex'),
    inputs: prepared.inputs,
    outputs: prepared.outputs,
    tensors: sentTensors(prepared, stored.blocks, forms),
    blocks: stored.blocks,
    cloud: stored.profiles,
    units: unitSummaries(prepared, unitMs),
    edges: units.edges.length,
    maxAbsDiff: stored.difference.abs,
    accuracy,
    decodeMsPerByte: await measureDecoding(),
    threads,
  };
}

function accuracyOf(
  { inputs, outputs, values: types }: PreparedModel,
  blocks: Examined['blocks'],
  { calibration, seed, folder, threads, progress }: ExaminationOptions,
): Promise<NonNullable<Examined['accuracy']>> {
  const pathOf = (digest: string): string => join(folder, digest);
  return measuredAccuracy(
    { inputs, outputs, types, blocks, pathOf },
    {
      ...{ calibration, seed, threads },
      progress: (done) => {
        const share = ACCURACY_AT + done * (1 - ACCURACY_AT);
        progress({ step: 'accuracy', share, text: MEASURING });
      },
    },
  );
}

/** Every tensor that can be sent or answered with: inputs, what blocks give each other, outputs. */
function sentTensors(
  { values, units, varying }: PreparedModel,
  blocks: Examined['blocks'],
  forms: ReadonlySet<string>,
): Examined['tensors'] {
  const names = new Set([
    ...units.inputs,
    ...blocks.flatMap(({ outputs }) => outputs),
    ...units.outputs,
  ]);
  return [...names].flatMap((name) => {
    const tensor = values.get(name);
    if (tensor === undefined) return [];
    const { dtype, dims } = tensor;
    const isForm = forms.has(name) && !units.inputs.includes(name);
    return {
      ...{ name, dtype, dims: [...dims], bytes: tensorBytes(tensor) },
      ...(isForm && { showsInput: true as const }),
      ...(varying.has(name) && { sizeVaries: true as const }),
    };
  });
}

function unitSummaries(
  { units, values }: PreparedModel,
  unitMs: ReadonlyMap<string, number>,
): Examined['units'] {
  return units.units.map(({ id, name, op, outputs }) => ({
    name,
    op,
    medianMs: unitMs.get(id) ?? 0,
    outputBytes: outputs.reduce((sum, one) => sum + (values.get(one)?.data.length ?? 0), 0),
  }));
}
