/**
 * What of a manifest can change while the blocks stay. Sizes and layout of inputs are in the blocks; what the pixels become, what the
 * outputs mean and the policies are not.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  Fault,
  MAX_EXAMPLE,
  type ModelDocument,
  type ModelManifest,
  numbersOf,
  type TensorType,
} from '../../../wire/index.js';
import type { Examined } from '../examined.js';
import {
  exampleInputs,
  fittedInputs,
  fittedOutputs,
  invalid,
  matched,
} from './manifest-entries.js';

/** Fields to set; an absent one stays as it is. */
export type ManifestChange = {
  readonly [P in 'inputs' | 'outputs' | 'policy' | 'leaves']?: ModelManifest[P] | undefined;
};

export interface ChangedDescription {
  readonly inputs: ModelDocument['inputs'];
  readonly outputs: ModelDocument['outputs'];
  /** The inputs get other values, or the outputs other meanings: the measured accuracy is that of something else. */
  readonly needsMeasuring: boolean;
}

const ADVICE = 'the blocks keep their sizes; upload the file with this manifest as a new version';

/** Inputs and outputs of a model under a change. Throws MANIFEST_INVALID for what does not fit its blocks. */
export function changedDescription(found: Examined, change: ManifestChange): ChangedDescription {
  const types = new Map(
    found.tensors.map(({ name, dtype, dims }): [string, TensorType] => [name, { dtype, dims }]),
  );
  const inputs = change.inputs ? changedInputs(found, types, change.inputs) : found.inputs;
  const outputs = change.outputs
    ? fittedOutputs(typesOf(found.outputs, types), { outputs: change.outputs })
    : found.outputs;
  const kinds = (some: ModelDocument['outputs']) => some.map(({ kind }) => kind);
  return {
    ...{ inputs, outputs },
    needsMeasuring:
      !isDeepStrictEqual(inputs, found.inputs) ||
      !isDeepStrictEqual(kinds(outputs), kinds(found.outputs)),
  };
}

/** The manifest with a change. */
export function changedManifest(manifest: ModelManifest, change: ManifestChange): ModelManifest {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...manifest, ...Object.fromEntries(given) };
}

function changedInputs(
  found: Examined,
  types: ReadonlyMap<string, TensorType>,
  inputs: ModelManifest['inputs'],
): ModelDocument['inputs'] {
  const own = typesOf(found.inputs, types);
  for (const [name, { dims }] of matched('input', inputs, [...own.keys()])) {
    const has = own.get(name)?.dims ?? [];
    if (dims === undefined || isDeepStrictEqual([...dims], [...has])) continue;
    throw invalid(`inputs: '${name}' has ${has.join(' × ')}, not ${dims.join(' × ')}; ${ADVICE}`);
  }
  try {
    const examples = exampleInputs(own, { inputs });
    return fittedInputs(own, { inputs }).map((input) => {
      if (input.image !== undefined) return input;
      const given = examples.get(input.name);
      const known = found.inputs.find(({ name }) => name === input.name)?.example;
      const example = given === undefined ? known : numbersOf(given).slice(0, MAX_EXAMPLE);
      return example === undefined ? input : { ...input, example };
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.code, `inputs: ${error.message}; ${ADVICE}`, { cause: error });
  }
}

function typesOf(
  named: readonly { readonly name: string }[],
  types: ReadonlyMap<string, TensorType>,
): Map<string, TensorType> {
  return new Map(
    named.flatMap(({ name }) => {
      const type = types.get(name);
      return type === undefined ? [] : [[name, type] as const];
    }),
  );
}
