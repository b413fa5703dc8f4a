/** The inputs that accuracy is measured on: uploaded ones, or synthetic ones. */
import {
  Fault,
  type ImageSpec,
  pixelsOf,
  seededRandom,
  type Tensor,
  type TensorType,
  tensorBytes,
  tensorOfNumbers,
  tensorOfPixels,
} from '../../../wire/index.js';
import { drawInput } from '../inputs/drawn-inputs.js';
import type { Sample } from './accuracy.js';
import type { BlockNetwork } from './block-network.js';

/** Number of synthetic inputs. */
const SYNTHETIC = 8;

type Inputs = Pick<BlockNetwork, 'inputs' | 'types'>;

/** One sample of all inputs per file; synthetic samples without files. Throws CALIBRATION_INVALID naming the file. */
export async function calibrationInputs(
  network: Inputs,
  files: readonly Uint8Array[],
  seed: number,
): Promise<Sample[]> {
  if (files.length === 0) return syntheticSamples(network, seed);
  const samples: Sample[] = [];
  for (const [i, file] of files.entries()) samples.push(await sampleOf(network, file, i + 1));
  return samples;
}

/** The type of each input. */
function feedsOf({ inputs, types }: Inputs): [string, TensorType][] {
  return inputs.flatMap(({ name }) => {
    const type = types.get(name);
    return type === undefined ? [] : [[name, { dtype: type.dtype, dims: type.dims }]];
  });
}

/** Contents that a network needs are those of its examination, in every sample. */
function syntheticSamples({ inputs, types }: Inputs, seed: number): Sample[] {
  const random = seededRandom(seed);
  const drawn = inputs.flatMap(({ name, image, example }) => {
    const type = types.get(name);
    if (type === undefined) return [];
    const given = example === undefined ? undefined : tensorOfNumbers(type, example);
    return [[name, { type, image, example: given }] as const];
  });
  return Array.from(
    { length: SYNTHETIC },
    () => new Map(drawn.map(([name, one]) => [name, drawInput(one, 'bounded', random)])),
  );
}

/** A picture where the only input is one; else the bytes of all inputs, one after the other, as they are in memory. */
async function sampleOf(network: Inputs, file: Uint8Array, number: number): Promise<Sample> {
  const [first, ...others] = network.inputs;
  const feeds = feedsOf(network);
  const wanted = feeds.reduce((sum, [, type]) => sum + tensorBytes(type), 0);
  if (file.length !== wanted && first?.image !== undefined && others.length === 0) {
    return new Map([[first.name, await pictureOf(file, first.image, number)]]);
  }
  if (file.length !== wanted) {
    throw invalid(number, `has ${file.length} bytes, the inputs of the model need ${wanted}`);
  }
  let at = 0;
  const sample = new Map<string, Tensor>();
  for (const [name, type] of feeds) {
    const end = at + tensorBytes(type);
    sample.set(name, { ...type, data: file.slice(at, end) });
    at = end;
  }
  return sample;
}

async function pictureOf(file: Uint8Array, image: ImageSpec, number: number): Promise<Tensor> {
  try {
    return tensorOfPixels(await pixelsOf(file, image), image);
  } catch (cause) {
    throw invalid(number, cause instanceof Error ? cause.message : String(cause));
  }
}

function invalid(number: number, why: string): Fault {
  return new Fault('CALIBRATION_INVALID', `calibration input ${number}: ${why}`);
}
