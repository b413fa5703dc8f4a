/** Checks a manifest against its model, and applies it to inputs and outputs. */
import {
  type Bindings,
  labelsOf,
  type OnnxModel,
  type OnnxValueInfo,
} from '../../../onnx/index.js';
import {
  elementCount,
  Fault,
  imageDims,
  imageProblem,
  isSameType,
  type ModelDocument,
  type ModelManifest,
  type TensorType,
  typeText,
} from '../../../wire/index.js';

type InputEntry = ModelManifest['inputs'][number];
type OutputEntry = ModelManifest['outputs'][number];

/** Sizes for the symbolic dimensions of a parsed model's inputs, from the dims or the image of the manifest; throws MANIFEST_INVALID. */
export function bindingsOf({ graph }: OnnxModel, manifest: ModelManifest): Bindings {
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !weights.has(name));
  const entries = matched(
    'input',
    manifest.inputs,
    inputs.map(({ name }) => name),
  );
  const bindings: Record<string, number> = {};
  for (const input of inputs) {
    const dims = dimsOf(entries.get(input.name));
    if (dims !== undefined) Object.assign(bindings, bindingsOfInput(input, dims));
  }
  return bindings;
}

function dimsOf(entry: InputEntry | undefined): readonly number[] | undefined {
  return entry?.dims ?? (entry?.image && imageDims(entry.image));
}

function bindingsOfInput({ name, type }: OnnxValueInfo, dims: readonly number[]): Bindings {
  const declared = type?.tensorType?.shape?.dim ?? [];
  if (declared.length !== dims.length) {
    throw invalid(
      `input '${name}' has ${declared.length} dimensions, but the manifest gives ${dims.length}`,
    );
  }
  const bindings: Record<string, number> = {};
  for (const [at, { dimValue = 0, dimParam }] of declared.entries()) {
    const size = dims[at] ?? 0;
    const isFixed = !dimParam && dimValue > 0;
    if (!isFixed) bindings[`${name}[${at}]`] = size;
    else if (dimValue !== size) {
      throw invalid(
        `dimension ${at} of input '${name}' is ${dimValue}, but the manifest gives ${size}`,
      );
    }
  }
  return bindings;
}

/** The inputs of the model document; throws MANIFEST_INVALID for an image that has no values, or not those of the input's tensor. */
export function fittedInputs(
  types: ReadonlyMap<string, TensorType>,
  manifest: ModelManifest,
): ModelDocument['inputs'] {
  const entries = matched('input', manifest.inputs, [...types.keys()]);
  return [...types].map(([name, type]) => {
    const image = entries.get(name)?.image;
    if (image === undefined) return { name };
    const problem = imageProblem(image);
    if (problem !== undefined) throw invalid(`the image of input '${name}': ${problem}`);
    const made: TensorType = { dtype: 'float32', dims: imageDims(image) };
    if (!isSameType(made, type)) {
      throw invalid(
        `the image of input '${name}' makes ${typeText(made)}, but the model wants ${typeText(type)}`,
      );
    }
    return { name, image };
  });
}

/** The outputs of the model document, with the model's own labels where the manifest gives none; throws MANIFEST_INVALID. */
export function fittedOutputs(
  model: OnnxModel,
  types: ReadonlyMap<string, TensorType>,
  manifest: ModelManifest,
): ModelDocument['outputs'] {
  const entries = matched('output', manifest.outputs, [...types.keys()]);
  const ownLabels = labelsOf(model);
  return [...types].map(([name, { dims }]) => {
    const entry: OutputEntry = entries.get(name) ?? { kind: 'raw' };
    const classes = elementCount(dims);
    if (entry.labels !== undefined && entry.labels.length !== classes) {
      throw invalid(
        `output '${name}' has ${classes} values, but the manifest gives ${entry.labels.length} labels`,
      );
    }
    const isLabelled = manifest.outputs.length === 0 && ownLabels?.length === classes;
    if (isLabelled) return { name, kind: 'classes', labels: ownLabels };
    return { name, kind: entry.kind, ...(entry.labels && { labels: entry.labels }) };
  });
}

/** Entries by name: their own, or that of their place. */
function matched<T extends { readonly name?: string | undefined }>(
  what: 'input' | 'output',
  entries: readonly T[],
  names: readonly string[],
): Map<string, T> {
  const found = new Map<string, T>();
  for (const [at, entry] of entries.entries()) {
    const name = entry.name ?? names[at];
    if (name === undefined || !names.includes(name)) {
      const which = entry.name === undefined ? `${what} ${at + 1}` : `${what} '${entry.name}'`;
      throw invalid(`the model has no ${which}; its ${what}s are: ${names.join(', ')}`);
    }
    if (found.has(name)) throw invalid(`${what} '${name}' is described twice`);
    found.set(name, entry);
  }
  return found;
}

function invalid(message: string): Fault {
  return new Fault('MANIFEST_INVALID', message);
}
