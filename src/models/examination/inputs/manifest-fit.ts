/** Sizes that a manifest gives the open dimensions of a model. */
import type { Bindings, OnnxDimension, OnnxModel, OnnxValueInfo } from '../../../onnx/index.js';
import { imageDims, type ModelManifest } from '../../../wire/index.js';
import { invalid, matched } from './manifest-entries.js';

type InputEntry = ModelManifest['inputs'][number];

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

/** Names of the inputs that the manifest describes as pictures. */
export function pictureInputs({ graph }: OnnxModel, manifest: ModelManifest): Set<string> {
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const names = graph.input.map(({ name }) => name).filter((name) => !weights.has(name));
  const entries = matched('input', manifest.inputs, names);
  return new Set([...entries].flatMap(([name, { image }]) => (image === undefined ? [] : [name])));
}

function dimsOf(entry: InputEntry | undefined): readonly number[] | undefined {
  return entry?.dims ?? (entry?.image && imageDims(entry.image));
}

function bindingsOfInput({ name, type }: OnnxValueInfo, dims: readonly number[]): Bindings {
  const declared = type?.tensorType?.shape?.dim ?? dims.map(() => ({}));
  if (declared.length !== dims.length) {
    throw invalid(
      `input '${name}' has ${declared.length} dimensions, but the manifest gives ${dims.length}`,
    );
  }
  const bindings: Record<string, number> = {};
  for (const [at, { dimValue = 0, dimParam }] of (declared as OnnxDimension[]).entries()) {
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
