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
  type ModelDocument,
  type ModelManifest,
  seededRandom,
  type Tensor,
  type TensorType,
} from '../../../wire/index.js';
import type { Progress } from '../examined.js';
import { fittedInputs, fittedOutputs } from './manifest-entries.js';
import { bindingsOf } from './manifest-fit.js';
import { seededInput } from './seeded-inputs.js';

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
  /** The seeded inputs. */
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** Every value of one run on them, inputs included: the tensors a cut can send, and the test inputs of its parts. */
  readonly values: ReadonlyMap<string, Tensor>;
}

/** Prepares the model in the bytes of an ONNX file; throws the Fault of an unusable model. */
export async function prepareModel(
  bytes: Uint8Array,
  { manifest, seed, threads, progress }: PreparationOptions,
): Promise<PreparedModel> {
  progress({ step: 'read', share: 0, text: 'reading the model' });
  const parsed = parseModel(bytes);
  const bound = normalizeModel(parsed, bindingsOf(parsed, manifest));
  progress({ step: 'read', share: 0.02, text: 'computing constants' });
  const normal = await foldConstants(bound);
  const types = inputTypes(normal);
  const inputs = fittedInputs(types, manifest);
  const feeds = seededFeeds(types, inputs, seed);
  progress({ step: 'measure', share: 0.05, text: 'measuring every tensor' });
  const run = await runOnce(withAllOutputs(normal), feeds, threads);
  const values = new Map([...feeds, ...run]);
  const model = await foldConstants(withMeasuredShapes(normal, values));
  const units = unitsOf(model, inseparableValues(model, values));
  if (units.units.length === 0) {
    throw new Fault('MODEL_REFUSED', 'model refused: it computes nothing');
  }
  const made = new Map(units.outputs.flatMap((name) => withName(name, values)));
  const outputs = fittedOutputs(made, manifest, labelsOf(parsed));
  return { model, units, inputs, outputs, feeds, values };
}

/** Runs a model once in a session of its own. */
export async function runOnce(
  model: OnnxModel,
  feeds: ReadonlyMap<string, Tensor>,
  threads: number,
): Promise<Map<string, Tensor>> {
  const session = await openSession(serializeModel(model), { threads });
  const outputs = await session.run(feeds);
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

function seededFeeds(
  types: ReadonlyMap<string, TensorType>,
  inputs: ModelDocument['inputs'],
  seed: number,
): Map<string, Tensor> {
  const random = seededRandom(seed);
  return new Map(
    inputs.flatMap(({ name, image }) => {
      const type = types.get(name);
      return type === undefined ? [] : [[name, seededInput(type, image, random)] as const];
    }),
  );
}

function withName(name: string, values: ReadonlyMap<string, Tensor>): [string, Tensor][] {
  const tensor = values.get(name);
  return tensor === undefined ? [] : [[name, tensor]];
}
