/** The networks of the grid: reference networks over pictures, and files of the user's over inputs that fit them. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import {
  normalizeModel,
  parseModel,
  parseTensor,
  referenceNetwork,
  serializeModel,
} from '../../../../src/onnx/index.js';
import {
  type ImageSpec,
  modelManifest,
  pixelsOf,
  tensorOfPixels,
} from '../../../../src/wire/index.js';
import { type DemoNetwork, programmeOf } from '../../networks.js';
import { paintPictures } from '../../pictures.js';
import type { Feed } from './grid.js';
import { type SourceFrame, withoutEnding } from './reference-answers.js';

export const REFERENCE = [
  'mobilenetv2',
  'squeezenet',
  'resnet18',
  'googlenet',
  'alexnet',
  'three-heads',
  'three-cameras',
] as const;

const PICTURES = 12;

/** A network, built only when its turn comes: some are large. */
export interface GridNetwork {
  readonly name: string;
  load(folder: string): Promise<LoadedNetwork>;
}

export interface LoadedNetwork extends DemoNetwork {
  /** The whole network as the runtime takes it: of a file with halves, what it is to the service (docs/decisions/0010). */
  readonly unsplit: Uint8Array;
  /** Values for the agent's --input, by what the frames are. */
  readonly feeds: ReadonlyMap<Feed, readonly string[]>;
  readonly frames: readonly SourceFrame[];
  /** The output that holds scores of classes. */
  readonly classes: string | undefined;
  /** Median length of a picture's file; undefined for tensors. */
  readonly jpegBytes: number | undefined;
}

/** Throws MODEL_UNKNOWN with the names there are. */
export function referenceOf(name: string): GridNetwork {
  const { manifest, build } = referenceNetwork(name);
  return {
    name,
    load: async (folder) =>
      withPictures(
        { name, onnx: serializeModel(build()), manifest },
        folder,
        await painted(folder),
      ),
  };
}

/** The .onnx files of a folder, by name. Throws naming a folder that holds none. */
export async function networksIn(models: string): Promise<GridNetwork[]> {
  const files = (await readdir(models)).filter((file) => file.endsWith('.onnx')).toSorted();
  if (files.length === 0) throw new Error(`--models ${models}: holds no .onnx file`);
  return files.map((file) => ({
    name: withoutEnding(file),
    load: async (folder) => {
      const { networks, inputs } = await programmeOf(join(models, file), join(folder, file));
      const [network] = networks;
      if (network === undefined) throw new Error(`${file} holds no network`);
      return network.manifest === undefined
        ? withTensors(network, inputs)
        : withPictures(network, folder, inputs[0] ?? '');
    },
  }));
}

/** The same pictures for all networks of a run. */
async function painted(folder: string): Promise<string> {
  const pictures = join(folder, 'pictures');
  const isThere = (await readdir(pictures).catch(() => [])).length === PICTURES;
  return isThere ? pictures : await paintPictures(pictures, PICTURES);
}

async function withPictures(
  network: DemoNetwork,
  folder: string,
  pictures: string,
): Promise<LoadedNetwork> {
  const { inputs, outputs } = modelManifest.parse(network.manifest);
  const files = (await readdir(pictures)).toSorted();
  const originals = await Promise.all(files.map((file) => readFile(join(pictures, file))));
  const lengths = originals.map(({ length }) => length).toSorted((a, b) => a - b);
  const names = inputs.map(({ name }) => name ?? '');
  const own = join(folder, `${network.name}-pixels`);
  const frames = await Promise.all(
    files.map(async (file, i): Promise<SourceFrame> => {
      const tensors = inputs.map(async ({ name = '', image }) => {
        if (image === undefined) throw new Error(`input ${name} of ${network.name} is no picture`);
        const pixels = await pixelsOf(originals[i] ?? Buffer.of(), image);
        const path = join(own, name);
        await mkdir(path, { recursive: true });
        await writeFile(join(path, `${withoutEnding(file)}.png`), await pngOf(pixels, image));
        return [name, tensorOfPixels(pixels, image)] as const;
      });
      return { source: withoutEnding(file), inputs: new Map(await Promise.all(tensors)) };
    }),
  );
  const feedOf = (folderOf: (name: string) => string): string[] =>
    names.map((name) => (names.length === 1 ? folderOf(name) : `${name}=${folderOf(name)}`));
  return {
    ...network,
    unsplit: unsplit(network),
    frames,
    feeds: new Map<Feed, string[]>([
      ['camera', feedOf(() => pictures)],
      ['pixels', feedOf((name) => join(own, name))],
    ]),
    classes: outputs.find(({ kind }) => kind === 'classes')?.name,
    jpegBytes: lengths[lengths.length >> 1],
  };
}

/** What the network sees of a picture, as a file without loss: a device that is fed with it sends the very same pixels. */
async function pngOf(pixels: Uint8Array, { width, height, channels }: ImageSpec): Promise<Buffer> {
  const raw = { width, height, channels: channels === 'GRAY' ? (1 as const) : (3 as const) };
  return await sharp(pixels, { raw }).png({ compressionLevel: 1 }).toBuffer();
}

async function withTensors(
  network: DemoNetwork,
  inputs: readonly string[],
): Promise<LoadedNetwork> {
  const folders = inputs.map((input) => {
    const at = input.indexOf('=');
    return { name: input.slice(0, at), folder: input.slice(at + 1) };
  });
  const files = await readdir(folders[0]?.folder ?? '');
  const frames = await Promise.all(
    files.map(async (file): Promise<SourceFrame> => {
      const tensors = folders.map(async ({ name, folder }) => {
        const { tensor } = parseTensor(await readFile(join(folder, file)));
        return [name, tensor] as const;
      });
      return { source: withoutEnding(file), inputs: new Map(await Promise.all(tensors)) };
    }),
  );
  const feeds = new Map<Feed, readonly string[]>([['tensors', inputs]]);
  const others = { classes: undefined, jpegBytes: undefined };
  return { ...network, unsplit: unsplit(network), feeds, frames, ...others };
}

function unsplit({ onnx }: DemoNetwork): Uint8Array {
  return serializeModel(normalizeModel(parseModel(onnx)));
}
