/** What the demo runs: two reference networks over pictures, or a file of the user's over inputs made to fit it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  normalizeModel,
  type OnnxValueInfo,
  parseModel,
  referenceNetwork,
  serializeModel,
  serializeTensor,
} from '../../src/onnx/index.js';
import {
  dtypeOf,
  type ImageSpec,
  imageSpec,
  type Tensor,
  tensorBytes,
} from '../../src/wire/index.js';
import { paintPictures } from './pictures.js';

const FRAMES = 24;

/** A network to register. */
export interface DemoNetwork {
  readonly name: string;
  readonly onnx: Uint8Array;
  readonly manifest?: unknown;
}

/** Networks with one set of inputs that suits them all: values for the agent's --input. */
export interface Programme {
  readonly networks: readonly DemoNetwork[];
  readonly inputs: readonly string[];
}

/** MobileNetV2 and the detector with three heads. */
export async function ownProgramme(folder: string): Promise<Programme> {
  const networks = ['mobilenetv2', 'three-heads'].map((name) => {
    const network = referenceNetwork(name);
    return { name, onnx: serializeModel(network.build()), manifest: network.manifest };
  });
  return { networks, inputs: [await paintPictures(join(folder, 'pictures'), FRAMES)] };
}

/** A file: over pictures where its one input looks like one, else over drawn tensors. Throws Faults of the file. */
export async function programmeOf(path: string, folder: string): Promise<Programme> {
  const onnx = await readFile(path);
  const { graph } = normalizeModel(parseModel(onnx));
  const name = basename(path, '.onnx')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64);
  const image = graph.input.length === 1 ? imageOf(graph.input[0]) : undefined;
  if (image !== undefined) {
    const networks = [
      { name, onnx, manifest: { inputs: [{ name: graph.input[0]?.name, image }] } },
    ];
    return { networks, inputs: [await paintPictures(join(folder, 'pictures'), FRAMES)] };
  }
  const inputs = graph.input.map((input, i) => writeTensors(input, join(folder, `input-${i}`)));
  return { networks: [{ name, onnx }], inputs: await Promise.all(inputs) };
}

/** float32 [1, 3 or 1, height, width] is taken for a picture; values 0…1. */
function imageOf(input: OnnxValueInfo | undefined): ImageSpec | undefined {
  const dims = dimsOf(input);
  const [batch, channels, height = 0, width = 0] = dims;
  const isFloat = dtypeOf(input?.type?.tensorType?.elemType ?? 0) === 'float32';
  if (!isFloat || dims.length !== 4 || batch !== 1 || (channels !== 3 && channels !== 1)) {
    return undefined;
  }
  return imageSpec.parse({ width, height, channels: channels === 3 ? 'RGB' : 'GRAY' });
}

function dimsOf(input: OnnxValueInfo | undefined): number[] {
  return input?.type?.tensorType?.shape?.dim.map(({ dimValue }) => dimValue ?? 0) ?? [];
}

/** A folder of tensors for one input, floats between 0 and 1 or whole zeros; the value for --input. */
async function writeTensors(input: OnnxValueInfo, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const dtype = dtypeOf(input.type?.tensorType?.elemType ?? 0) ?? 'float32';
  const dims = dimsOf(input);
  for (let i = 0; i < FRAMES; i++) {
    const data = new Uint8Array(tensorBytes({ dtype, dims }));
    if (dtype === 'float32') {
      new Float32Array(data.buffer).forEach((_, k, all) => {
        all[k] = (1 + Math.sin(k * 0.7 + i)) / 2;
      });
    }
    const tensor: Tensor = { dtype, dims, data };
    await writeFile(join(folder, `frame-${i}.pb`), serializeTensor(input.name, tensor));
  }
  return `${input.name}=${folder}`;
}
