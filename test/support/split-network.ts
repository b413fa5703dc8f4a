/** A reference network as block files in a folder, one block a unit, without an examination: for tests of what runs blocks. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blocksOf,
  deviceSetsOf,
  extractModel,
  referenceNetworks,
  serializeModel,
  unitsOf,
} from '../../src/onnx/index.js';
import { type ModelDocument, type TensorType, tensorBytes } from '../../src/wire/index.js';

export interface SplitNetwork {
  readonly document: ModelDocument;
  /** The whole network as a file. */
  readonly whole: { readonly digest: string; readonly path: string };
  readonly pathOf: (digest: string) => string;
}

/** Builds the network, splits it, and writes whole and blocks into the folder. */
export async function splitNetwork(name: string, folder: string): Promise<SplitNetwork> {
  const reference = referenceNetworks.find((one) => one.name === name);
  if (reference === undefined) throw new Error(`no reference network ${name}`);
  const { values, inputs, outputs } = reference.blueprint();
  const model = reference.build();
  const pathOf = (digest: string): string => join(folder, digest);
  const store = async (bytes: Uint8Array): Promise<string> => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    await writeFile(pathOf(digest), bytes);
    return digest;
  };
  const units = unitsOf(model);
  const blocks: ModelDocument['blocks'] = [];
  for (const part of blocksOf(units, deviceSetsOf(units))) {
    const bytes = serializeModel(extractModel(model, part.nodes, { ...part, tensors: values }));
    const digest = await store(bytes);
    const ends = { inputs: [...part.inputs], outputs: [...part.outputs] };
    blocks.push({ digest, name: part.units.join(), bytes: bytes.length, ...ends });
  }
  const digest = await store(serializeModel(model));
  const document: ModelDocument = {
    ...{ id: name, name, version: 1, digest, blocks },
    inputs: inputs.map((input, i) => {
      const image = reference.manifest.inputs[i]?.image;
      return image === undefined ? { name: input } : { name: input, image };
    }),
    outputs: outputs.map((output) => ({ name: output, kind: 'raw' as const })),
    tensors: [...values].map(([tensor, type]) => tensorSpec(tensor, type)),
  };
  return { document, whole: { digest, path: pathOf(digest) }, pathOf };
}

function tensorSpec(name: string, { dtype, dims }: TensorType): ModelDocument['tensors'][number] {
  return { name, dtype, dims: [...dims], bytes: tensorBytes({ dtype, dims }) };
}
