/**
 * What lossy encodings save and cost, per network, as a table of docs/results.md:
 * `node dist/test/bench/encodings.js [NAME or FILE.onnx]…`; all reference networks but vgg16 without arguments.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { examine } from '../../src/models/examination/examine.js';
import type { Examined } from '../../src/models/examination/examined.js';
import { referenceNetwork, referenceNetworks, serializeModel } from '../../src/onnx/index.js';
import {
  encodedBytes,
  type LossyEncoding,
  type ModelManifest,
  modelManifest,
} from '../../src/wire/index.js';

async function sourceOf(name: string): Promise<{ bytes: Uint8Array; manifest: ModelManifest }> {
  if (name.endsWith('.onnx')) {
    const manifest = modelManifest.parse({ outputs: [{ kind: 'classes' }] });
    return { bytes: await readFile(name), manifest };
  }
  const { build, manifest } = referenceNetwork(name);
  return { bytes: serializeModel(build()), manifest };
}

async function examined(name: string): Promise<Examined> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-encodings-'));
  try {
    const { bytes, manifest } = await sourceOf(name);
    const options = { manifest, folder, calibration: [], seed: 1, threads: 1, progress: () => {} };
    return await examine(bytes, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The tensor between blocks that takes least, in KB under each encoding. */
function leastTensor({ tensors, blocks, inputs }: Examined): string {
  const given = new Set(inputs.map(({ name }) => name));
  const read = new Set(blocks.flatMap((block) => block.inputs).filter((name) => !given.has(name)));
  const [least] = tensors
    .filter(({ name, dtype }) => read.has(name) && dtype === 'float32')
    .toSorted((a, b) => a.bytes - b.bytes);
  if (least === undefined) return '–';
  return (['raw', 'f16', 'u8'] as const)
    .map((encoding) => (encodedBytes(encoding, least) / 1000).toFixed(1))
    .join(' / ');
}

function lossText({ accuracy }: Examined, encoding: LossyEncoding): string[] {
  const losses = (accuracy?.tensors ?? []).filter((one) => one.encoding === encoding);
  const errors = losses.map((one) => one.maxRelativeError).toSorted((a, b) => a - b);
  const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
  const agreements = losses.flatMap(({ top1Agreement }) => top1Agreement ?? []);
  return [
    `${percent(errors[errors.length >> 1] ?? 0)}, ${percent(errors.at(-1) ?? 0)}`,
    agreements.length === 0 ? '–' : percent(Math.min(...agreements)),
  ];
}

const asked = process.argv.slice(2);
const names = asked.length > 0 ? asked : referenceNetworks.map(({ name }) => name);
console.log(
  '| network | tensors, inputs | least tensor, KB: raw / f16 / u8 | f16: error, median and worst | f16: least top-1 | u8: error | u8: least top-1 |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const name of names.filter((one) => asked.length > 0 || one !== 'vgg16')) {
  const found = await examined(name);
  const count = (found.accuracy?.tensors.length ?? 0) / 2;
  const cells = [
    ...[basename(name, '.onnx'), `${count}, ${found.accuracy?.inputs}`, leastTensor(found)],
    ...[...lossText(found, 'f16'), ...lossText(found, 'u8')],
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
