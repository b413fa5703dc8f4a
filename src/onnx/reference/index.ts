/** The reference networks: published architectures and two of our own, built in code with seeded weights; nothing is downloaded. */
import { Fault, type ImageSpec, type ModelManifest } from '../../wire/index.js';
import type { OnnxModel } from '../format/proto.js';
import { alexnet } from './alexnet.js';
import { type Blueprint, buildModel } from './blueprint.js';
import { googlenet } from './googlenet.js';
import { mobilenetv2 } from './mobilenetv2.js';
import { resnet18 } from './resnet18.js';
import { squeezenet } from './squeezenet.js';
import { threeCameras } from './three-cameras.js';
import { threeHeads } from './three-heads.js';
import { tinyChain, tinyFork } from './tiny.js';
import { vgg16 } from './vgg16.js';

export { type Blueprint, parameterCount, type Weight } from './blueprint.js';

export interface ReferenceNetwork {
  readonly name: string;
  /** Trainable parameters; for a published architecture the published count. */
  readonly parameters: number;
  readonly manifest: ModelManifest;
  /** Nodes and shapes without weights: quick whatever the size. */
  readonly blueprint: () => Blueprint;
  /** The network with weights drawn from a seed (an integer, default 1); always the same for the same seed. */
  readonly build: (seed?: number) => OnnxModel;
}

/** RGB scaled to 0…1, then by the mean and deviation of ImageNet. */
function imageOf(size: number): ImageSpec {
  return {
    width: size,
    height: size,
    layout: 'NCHW',
    channels: 'RGB',
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225],
    fit: 'fill',
  };
}

function reference(
  draw: () => Blueprint,
  parameters: number,
  kind: 'classes' | 'raw' = 'classes',
): ReferenceNetwork {
  const { name, inputs, outputs, values } = draw();
  return {
    name,
    parameters,
    manifest: {
      name,
      inputs: inputs.map((input) => ({
        name: input,
        image: imageOf(values.get(input)?.dims[3] ?? 1),
      })),
      outputs: outputs.map((output, i) => ({ name: output, kind: i === 0 ? kind : 'raw' })),
      policy: 'exact',
      leaves: 'anything',
    },
    blueprint: draw,
    build: (seed = 1) => buildModel(draw(), seed),
  };
}

export const referenceNetworks: readonly ReferenceNetwork[] = [
  reference(alexnet, 61_100_840),
  reference(vgg16, 138_357_544),
  reference(squeezenet, 1_235_496),
  reference(mobilenetv2, 3_504_872),
  reference(resnet18, 11_689_512),
  reference(googlenet, 6_624_904),
  reference(threeHeads, 7_637_036, 'raw'),
  reference(threeCameras, 1_719_430, 'raw'),
  reference(tinyChain, 11_642),
  reference(tinyFork, 2_223),
];

/** The reference network of a name; throws MODEL_UNKNOWN with the names there are. */
export function referenceNetwork(name: string): ReferenceNetwork {
  const found = referenceNetworks.find((network) => network.name === name);
  if (found) return found;
  const names = referenceNetworks.map((network) => network.name).join(', ');
  throw new Fault('MODEL_UNKNOWN', `there is no reference network ${name}; there are ${names}`);
}
