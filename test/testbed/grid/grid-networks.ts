/** The networks of the grid: reference networks over pictures, and files of the user's over inputs that fit them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceNetwork, serializeModel } from '../../../src/onnx/index.js';
import { programmeOf } from '../networks.js';
import { paintPictures } from '../pictures.js';

export const REFERENCE = [
  'mobilenetv2',
  'squeezenet',
  'resnet18',
  'googlenet',
  'alexnet',
  'three-heads',
  'three-cameras',
] as const;

const PICTURES = 24;

/** A network, built only when its turn comes: some are large. */
export interface GridNetwork {
  readonly name: string;
  load(folder: string): Promise<LoadedNetwork>;
}

export interface LoadedNetwork {
  readonly name: string;
  readonly onnx: Uint8Array;
  readonly manifest?: unknown;
  /** Values for the agent's --input. */
  readonly inputs: readonly string[];
}

/** Throws MODEL_UNKNOWN with the names there are. */
export function referenceOf(name: string): GridNetwork {
  const { manifest, build } = referenceNetwork(name);
  return {
    name,
    load: async (folder) => {
      const pictures = await paintPictures(join(folder, 'pictures'), PICTURES);
      const inputs = manifest.inputs ?? [];
      const isOne = inputs.length === 1;
      return {
        ...{ name, onnx: serializeModel(build()), manifest },
        inputs: inputs.map((input) => (isOne ? pictures : `${input.name}=${pictures}`)),
      };
    },
  };
}

/** The .onnx files of a folder, by name. */
export async function networksIn(models: string): Promise<GridNetwork[]> {
  const files = (await readdir(models)).filter((file) => file.endsWith('.onnx')).toSorted();
  return files.map((file) => ({
    name: file.slice(0, -'.onnx'.length),
    load: async (folder) => {
      const { networks, inputs } = await programmeOf(join(models, file), join(folder, file));
      const [network] = networks;
      if (network === undefined) throw new Error(`${file} holds no network`);
      return { ...network, inputs };
    },
  }));
}
