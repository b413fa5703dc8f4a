/** What a frame is made of before it is a tensor: pictures or tensors, one per input of the model. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  checkTensor,
  encodeTensor,
  Fault,
  type ImageSpec,
  isJpeg,
  type ModelDocument,
  type Tensor,
  tensorBytes,
  tensorOfPixels,
} from '../../../src/wire/index.js';
import type { PictureMemory } from './memory/picture-memory.js';
import { readNpy } from './npy.js';
import { readTensorProto } from './tensor-proto.js';

export type InputFormat = 'picture' | 'npy' | 'tensor-proto';

export interface FrameInput {
  /** Which input of the model; undefined where it has only one. */
  readonly name: string | undefined;
  readonly format: InputFormat;
  readonly bytes: Uint8Array;
}

/** An input ready for the network; pixels where it came from a picture, and its file where that is a JPEG. */
export interface PreparedInput {
  readonly name: string;
  readonly tensor: Tensor;
  readonly pixels?: Uint8Array;
  readonly jpeg?: Uint8Array;
}

const FORMATS: Record<string, InputFormat> = {
  '.jpg': 'picture',
  '.jpeg': 'picture',
  '.png': 'picture',
  '.webp': 'picture',
  '.gif': 'picture',
  '.npy': 'npy',
  '.pb': 'tensor-proto',
};

/** Every extension of an input, as help and errors list them. */
export const EXTENSIONS = Object.keys(FORMATS).join(' ');

/** The format by a file's extension; undefined for files that are no inputs. */
export function formatOf(path: string): InputFormat | undefined {
  return FORMATS[extname(path).toLowerCase()];
}

/** Throws INPUT_UNREADABLE naming the file. */
export async function readInputFile(name: string | undefined, path: string): Promise<FrameInput> {
  const format = formatOf(path);
  if (format === undefined) throw new Fault('INPUT_UNREADABLE', `${path} is no kind of input`);
  let file: FileHandle | undefined;
  try {
    // A pipe without a writer would be opened for ever, and nothing can break that off.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) throw new Error('it is a pipe or a device, not a file');
    return { name, format, bytes: await file.readFile() };
  } catch (error) {
    throw new Fault('INPUT_UNREADABLE', `${path}: ${(error as Error).message}`);
  } finally {
    await file?.close();
  }
}

/** The model's inputs in its own order; throws INPUT_UNREADABLE, INPUT_TOO_LARGE or INPUT_MISMATCH naming the input. */
export async function prepareInputs(
  inputs: readonly FrameInput[],
  model: ModelDocument,
  pictures: PictureMemory,
): Promise<PreparedInput[]> {
  const names = model.inputs.map(({ name }) => name);
  const given = inputs.map((input) => ({ ...input, name: input.name ?? soleName(names, model) }));
  const unknown = given.find(({ name }) => !names.includes(name));
  if (unknown !== undefined) {
    throw mismatch(`${model.name} has no input ${unknown.name}, only ${names.join(', ')}`);
  }
  return Promise.all(
    model.inputs.map(({ name, image }) => {
      const input = given.find((one) => one.name === name);
      if (input === undefined)
        throw mismatch(`nothing is given for input ${name} of ${model.name}`);
      return prepareInput(name, input, image, model, pictures);
    }),
  );
}

async function prepareInput(
  name: string,
  { format, bytes }: FrameInput,
  image: ImageSpec | undefined,
  model: ModelDocument,
  pictures: PictureMemory,
): Promise<PreparedInput> {
  if (format === 'picture') {
    if (image === undefined) {
      throw mismatch(
        `input ${name} of ${model.name} takes no pictures: upload the model with a manifest that says how (POST /api/v1/models)`,
      );
    }
    const pixels = await pictures.pixelsOf(bytes, image);
    const tensor = tensorOfPixels(pixels, image);
    return { name, pixels, tensor, ...(isJpeg(bytes) && { jpeg: bytes }) };
  }
  const given = format === 'npy' ? readNpy(bytes) : readTensorProto(bytes);
  const wanted = model.tensors.find((spec) => spec.name === name);
  if (wanted === undefined) throw mismatch(`${model.name} does not say what its input ${name} is`);
  const tensor = wanted.dtype === 'float16' ? halvesOf(given) : given;
  checkTensor(`input ${name}`, tensor, wanted);
  return { name, tensor };
}

/** Numbers of single precision for an input of half precision: rounded, unless one is too large for a half. */
function halvesOf(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'float32' || tensor.data.length !== tensorBytes(tensor)) return tensor;
  const { encoding, bytes } = encodeTensor(tensor, 'f16');
  return encoding === 'f16' ? { dtype: 'float16', dims: tensor.dims, data: bytes } : tensor;
}

function soleName(names: readonly string[], model: ModelDocument): string {
  const [sole, ...others] = names;
  if (sole === undefined || others.length > 0) {
    throw mismatch(`${model.name} has the inputs ${names.join(', ')}: say which one with NAME=`);
  }
  return sole;
}

function mismatch(text: string): Fault {
  return new Fault('INPUT_MISMATCH', text);
}
