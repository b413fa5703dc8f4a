/** Networks that split badly in earlier versions, with inputs that are plausible for them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  seededRandom,
  type Tensor,
  type TensorType,
  tensorOfNumbers,
} from '../../../src/wire/index.js';

type Draw = (random: () => number) => number;

interface OddInput {
  readonly type: TensorType;
  readonly draw: Draw;
}

interface OddNetwork {
  readonly name: string;
  readonly manifest: object;
  readonly inputs: Readonly<Record<string, OddInput>>;
}

const uniform: Draw = (random) => 2 * random() - 1;
const between =
  (least: number, most: number): Draw =>
  (random) =>
    least + Math.floor((most - least + 1) * random());
const input = (dtype: TensorType['dtype'], dims: number[], draw: Draw = uniform): OddInput => ({
  type: { dtype, dims },
  draw,
});

export const oddNetworks: readonly OddNetwork[] = [
  { name: 'fp16_io', manifest: {}, inputs: { x: input('float16', [1, 8]) } },
  {
    name: 'if_dead_branch',
    manifest: {
      inputs: [
        { name: 'x', dims: [1, 576] },
        { name: 'sr', example: [16000] },
      ],
    },
    inputs: { x: input('float32', [1, 576]), sr: input('int64', [], () => 16000) },
  },
  {
    name: 'int_div',
    manifest: {},
    inputs: {
      a: input('int32', [1, 4], between(-99, 99)),
      b: input('int32', [1, 4], between(1, 9)),
    },
  },
  { name: 'nms_detector', manifest: {}, inputs: { img: input('float32', [1, 4, 4]) } },
  {
    name: 'no_shape',
    manifest: { inputs: [{ dims: [1, 4] }] },
    inputs: { x: input('float32', [1, 4]) },
  },
  { name: 'nonzero_out', manifest: {}, inputs: { x: input('float32', [1, 8]) } },
  { name: 'padpool-MaxPool', manifest: {}, inputs: { in: input('float32', [1, 2, 9, 9]) } },
  { name: 'quiet_sigmoid_up', manifest: {}, inputs: { x: input('float32', [1, 3, 256, 256]) } },
  { name: 'range_n', manifest: {}, inputs: { n: input('int64', [], between(1, 9)) } },
  {
    name: 'slash_names',
    manifest: {},
    inputs: { 'scope/a:0': input('float32', [1, 4]), 'scope/b:0': input('float32', [1, 4]) },
  },
  {
    name: 'slice_int32',
    manifest: {},
    inputs: { x: input('float32', [1, 10]), end: input('int32', [1], between(1, 9)) },
  },
  {
    name: 'slice_int64',
    manifest: {},
    inputs: { x: input('float32', [1, 10]), end: input('int64', [1], between(1, 9)) },
  },
  { name: 'tokens', manifest: {}, inputs: { ids: input('int64', [1, 6], between(0, 4)) } },
];

export function bytesOfOdd(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, 'odd', `${name}.onnx`)));
}

/** Inputs of a network by a seed. */
export function oddInputs({ inputs }: OddNetwork, seed: number): Map<string, Tensor> {
  const random = seededRandom(seed);
  return new Map(
    Object.entries(inputs).map(([name, { type, draw }]) => {
      const count = type.dims.reduce((all, dim) => all * dim, 1);
      return [
        name,
        tensorOfNumbers(
          type,
          Array.from({ length: count }, () => draw(random)),
        ),
      ];
    }),
  );
}
