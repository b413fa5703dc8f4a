/** What a manifest says of the inputs and outputs of a model, by their names and types alone. */
import {
  elementCount,
  Fault,
  imageDims,
  imageProblem,
  isSameType,
  type ModelDocument,
  type ModelManifest,
  type Tensor,
  type TensorType,
  tensorOfNumbers,
  typeText,
} from '../../../wire/index.js';

type OutputEntry = ModelManifest['outputs'][number];

/** The inputs of the model document; throws MANIFEST_INVALID for an image that has no values, or not those of the input's tensor. */
export function fittedInputs(
  types: ReadonlyMap<string, TensorType>,
  manifest: Pick<ModelManifest, 'inputs'>,
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

/** The outputs of the model document, with the model's own labels where the manifest describes none; throws MANIFEST_INVALID. */
export function fittedOutputs(
  types: ReadonlyMap<string, TensorType>,
  manifest: Pick<ModelManifest, 'outputs'>,
  ownLabels?: readonly string[],
): ModelDocument['outputs'] {
  const entries = matched('output', manifest.outputs, [...types.keys()]);
  return [...types].map(([name, { dims }]) => {
    const entry: OutputEntry = entries.get(name) ?? { kind: 'raw' };
    const classes = elementCount(dims);
    if (entry.labels !== undefined && entry.labels.length !== classes) {
      throw invalid(
        `output '${name}' has ${classes} values, but the manifest gives ${entry.labels.length} labels`,
      );
    }
    const isLabelled = manifest.outputs.length === 0 && ownLabels?.length === classes;
    if (isLabelled) return { name, kind: 'classes', labels: [...ownLabels] };
    return { name, kind: entry.kind, ...(entry.labels && { labels: entry.labels }) };
  });
}

/** The examples of the manifest as tensors of the inputs' types; throws MANIFEST_INVALID for a wrong number of elements. */
export function exampleInputs(
  types: ReadonlyMap<string, TensorType>,
  manifest: Pick<ModelManifest, 'inputs'>,
): Map<string, Tensor> {
  const entries = matched('input', manifest.inputs, [...types.keys()]);
  return new Map(
    [...types].flatMap(([name, type]) => {
      const example = entries.get(name)?.example;
      if (example === undefined) return [];
      const count = elementCount(type.dims);
      if (example.length !== 1 && example.length !== count) {
        throw invalid(
          `input '${name}' has ${count} elements, but the example of the manifest has ${example.length}`,
        );
      }
      const isWhole = !type.dtype.startsWith('float');
      if (isWhole && !example.every(Number.isSafeInteger)) {
        throw invalid(`input '${name}' is ${type.dtype}, but its example has other numbers`);
      }
      return [[name, tensorOfNumbers(type, example)] as const];
    }),
  );
}

/** Entries by name: their own, or that of their place. */
export function matched<T extends { readonly name?: string | undefined }>(
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

export function invalid(message: string): Fault {
  return new Fault('MANIFEST_INVALID', message);
}
