/**
 * From a file to a model whose every value is known: read, put in normal form, its constants computed, run once with
 * seeded inputs to measure all tensors, and divided into units. Only for a child process: uploaded models are not trusted.
 */
import {
  constantSubgraph,
  inseparableValues,
  labelsOf,
  normalizeModel,
  type OnnxModel,
  parseModel,
  serializeModel,
  type UnitGraph,
  unitsOf,
  withAllOutputs,
  withConstants,
  withMeasuredShapes,
} from '../../../onnx/index.js';
import { openSession } from '../../../runtime/index.js';
import {
  dtypeOf,
  Fault,
  MAX_EXAMPLE,
  type ModelDocument,
  type ModelManifest,
  numbersOf,
  seededRandom,
  type Tensor,
  type TensorType,
} from '../../../wire/index.js';
import type { Progress } from '../examined.js';
import { type DrawnInput, drawInput, drawsOf, needsExample } from './drawn-inputs.js';
import { exampleInputs, fittedInputs, fittedOutputs } from './manifest-entries.js';
import { bindingsOf, pictureInputs } from './manifest-fit.js';
import { tableRows } from './table-rows.js';

export interface PreparationOptions {
  readonly manifest: ModelManifest;
  readonly seed: number;
  readonly threads: number;
  readonly progress: (progress: Progress) => void;
}

export interface PreparedModel {
  /** In normal form, with constants as initializers. */
  readonly model: OnnxModel;
  readonly units: UnitGraph;
  readonly inputs: ModelDocument['inputs'];
  readonly outputs: ModelDocument['outputs'];
  /** The inputs it was run on. */
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** Every value of one run on them, inputs included: the tensors a cut can send, and the test inputs of its parts. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** Values whose dims depend on what the inputs hold; no cut sends one, outputs may be among them. */
  readonly varying: ReadonlySet<string>;
}

/** Prepares the model in the bytes of an ONNX file; throws the Fault of an unusable model. */
export async function prepareModel(
  bytes: Uint8Array,
  { manifest, seed, threads, progress }: PreparationOptions,
): Promise<PreparedModel> {
  progress({ step: 'read', share: 0, text: 'reading the model' });
  const parsed = parseModel(bytes);
  const pictures = pictureInputs(parsed, manifest);
  const bound = normalizeModel(parsed, bindingsOf(parsed, manifest), pictures);
  progress({ step: 'read', share: 0.02, text: 'computing constants' });
  const normal = await foldConstants(bound);
  const types = inputTypes(normal);
  const inputs = fittedInputs(types, manifest);
  const drawn = drawnInputs(normal, { types, inputs, manifest });
  progress({ step: 'measure', share: 0.05, text: 'measuring every tensor' });
  const { feeds, values } = await measured(withAllOutputs(normal), drawn, { seed, threads });
  const model = await foldConstants(withMeasuredShapes(normal, values));
  const varying = inseparableValues(model, values);
  const units = unitsOf(model, varying);
  if (units.units.length === 0) {
    throw new Fault('MODEL_REFUSED', 'model refused: it computes nothing');
  }
  const made = new Map(units.outputs.flatMap((name) => withName(name, values)));
  const outputs = fittedOutputs(made, manifest, labelsOf(parsed));
  return {
    ...{ model, units, outputs, feeds, values, varying },
    inputs: inputs.map((input) => ({
      ...input,
      ...exampleOf(drawn.get(input.name), input.name, feeds),
    })),
  };
}

/** Runs a model once in a session of its own; outputs of strings are left out. */
export async function runOnce(
  model: OnnxModel,
  feeds: ReadonlyMap<string, Tensor>,
  threads: number,
): Promise<Map<string, Tensor>> {
  const session = await openSession(serializeModel(model), { threads });
  const outputs = await session.runNumbers(feeds);
  await session.release();
  return outputs;
}

async function foldConstants(model: OnnxModel): Promise<OnnxModel> {
  const constants = constantSubgraph(model);
  if (constants === undefined) return model;
  return withConstants(model, await runOnce(constants.model, new Map(), 1));
}

function inputTypes({ graph }: OnnxModel): Map<string, TensorType> {
  return new Map(
    graph.input.map(({ name, type }): [string, TensorType] => {
      const dtype = dtypeOf(type?.tensorType?.elemType ?? 0);
      if (dtype === undefined)
        throw new Fault('MODEL_REFUSED', `input '${name}' has no known type`);
      const dims = (type?.tensorType?.shape?.dim ?? []).map(({ dimValue }) => dimValue ?? 0);
      return [name, { dtype, dims }];
    }),
  );
}

interface Described {
  readonly types: ReadonlyMap<string, TensorType>;
  readonly inputs: ModelDocument['inputs'];
  readonly manifest: ModelManifest;
}

function drawnInputs(model: OnnxModel, described: Described): Map<string, DrawnInput> {
  const { types, inputs, manifest } = described;
  const rows = tableRows(model);
  const examples = exampleInputs(types, manifest);
  return new Map(
    inputs.flatMap(({ name, image }) => {
      const type = types.get(name);
      if (type === undefined) return [];
      return [[name, { type, image, rows: rows.get(name), example: examples.get(name) }] as const];
    }),
  );
}

/**
 * One run on drawn inputs that hands out every value. Whole numbers are drawn again where the network cannot run on them;
 * then it throws EXAMPLE_NEEDED. A memory limit, and a network without such inputs, throw as they are.
 */
async function measured(
  model: OnnxModel,
  drawn: ReadonlyMap<string, DrawnInput>,
  { seed, threads }: { readonly seed: number; readonly threads: number },
): Promise<Pick<PreparedModel, 'feeds' | 'values'>> {
  const session = await openSession(serializeModel(model), { threads });
  try {
    let last: unknown;
    for (const draw of drawsOf(drawn)) {
      const random = seededRandom(seed);
      const feeds = new Map([...drawn].map(([name, one]) => [name, drawInput(one, draw, random)]));
      try {
        return { feeds, values: new Map([...feeds, ...(await session.runNumbers(feeds))]) };
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'MODEL_REFUSED') throw error;
        last = error;
      }
    }
    throw exampleNeeded(drawn, last);
  } finally {
    await session.release();
  }
}

function exampleNeeded(drawn: ReadonlyMap<string, DrawnInput>, cause: unknown): unknown {
  const names = [...drawn].flatMap(([name, { example }]) => (example ? [] : [`'${name}'`]));
  if (names.length === 0) return cause;
  const why = cause instanceof Fault ? cause.message : String(cause);
  const text = `the network fails on drawn inputs; give an example of ${names.join(', ')} in the manifest (inputs[].example). ${why}`;
  return new Fault('EXAMPLE_NEEDED', text, { cause });
}

/** What a device times blocks with: contents that the network has run on. Others may make it fail. */
function exampleOf(
  drawn: DrawnInput | undefined,
  name: string,
  feeds: ReadonlyMap<string, Tensor>,
): { example?: number[] } {
  const tensor = feeds.get(name);
  if (drawn === undefined || tensor === undefined || !needsExample(drawn)) return {};
  const numbers = numbersOf(tensor).slice(0, MAX_EXAMPLE);
  return numbers.length > 0 && numbers.every(Number.isFinite) ? { example: numbers } : {};
}

function withName(name: string, values: ReadonlyMap<string, Tensor>): [string, Tensor][] {
  const tensor = values.get(name);
  return tensor === undefined ? [] : [[name, tensor]];
}
