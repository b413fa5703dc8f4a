import { describe, expect, it } from 'vitest';
import { modelManifest } from '../../wire/index.js';
import { serializeModel } from '../format/model.js';
import { parameterCount, referenceNetworks } from './index.js';

const named = (name: string) => {
  const network = referenceNetworks.find((one) => one.name === name);
  if (network === undefined) throw new Error(`no network ${name}`);
  return network;
};

describe('a reference network', () => {
  it.each(referenceNetworks.map((one) => [one.name, one.parameters] as const))(
    '%s has the published %d parameters',
    (name, parameters) => {
      expect(parameterCount(named(name).blueprint())).toBe(parameters);
    },
  );

  it('has as many parameters as the literature says', () => {
    const published = {
      ...{ alexnet: 61_100_840, vgg16: 138_357_544, squeezenet: 1_235_496 },
      ...{ mobilenetv2: 3_504_872, resnet18: 11_689_512, googlenet: 6_624_904 },
    };
    for (const [name, parameters] of Object.entries(published)) {
      expect(named(name).parameters).toBe(parameters);
    }
  });

  it.each([
    [
      'alexnet',
      {
        conv1: [64, 55, 55],
        pool1: [64, 27, 27],
        conv2: [192, 27, 27],
        conv5: [256, 13, 13],
        pool5: [256, 6, 6],
      },
    ],
    [
      'vgg16',
      {
        conv1_2: [64, 224, 224],
        conv3_3: [256, 56, 56],
        conv5_3: [512, 14, 14],
        pool5: [512, 7, 7],
      },
    ],
    [
      'squeezenet',
      {
        conv1: [64, 111, 111],
        pool1: [64, 55, 55],
        fire4: [256, 27, 27],
        fire9: [512, 13, 13],
        conv10: [1000, 13, 13],
      },
    ],
    [
      'mobilenetv2',
      {
        stem: [32, 112, 112],
        'stage2.2': [24, 56, 56],
        'stage5.3': [96, 14, 14],
        'stage7.1.project': [320, 7, 7],
        head: [1280, 7, 7],
      },
    ],
    [
      'resnet18',
      {
        stem: [64, 112, 112],
        pool1: [64, 56, 56],
        'stage2.1': [128, 28, 28],
        'stage4.2': [512, 7, 7],
      },
    ],
    [
      'googlenet',
      {
        conv1: [64, 112, 112],
        pool1: [64, 56, 56],
        pool2: [192, 28, 28],
        inception3b: [480, 28, 28],
        inception4e: [832, 14, 14],
        inception5b: [1024, 7, 7],
      },
    ],
    ['three-heads', { near: [24, 28, 28], middle: [24, 14, 14], far: [24, 7, 7] }],
    ['three-cameras', { 'front.neck': [24, 14, 14], joined: [44, 14, 14] }],
  ])('%s has the shapes of its architecture', (name, shapes) => {
    const { values } = named(name).blueprint();
    for (const [value, dims] of Object.entries(shapes)) {
      expect([value, values.get(value)?.dims]).toEqual([value, [1, ...dims]]);
    }
  });

  it.each(['tiny-chain', 'tiny-fork'])('%s is less than 100 KB', (name) => {
    expect(serializeModel(named(name).build()).length).toBeLessThan(100_000);
  });

  it.each(referenceNetworks.map((one) => [one.name, one.manifest] as const))(
    '%s has a manifest that fits its schema',
    (_, manifest) => {
      expect(modelManifest.parse(manifest)).toEqual(manifest);
    },
  );
});

describe('weights', () => {
  const { build } = named('tiny-chain');

  it('are the same for the same seed, and others for another', () => {
    expect(serializeModel(build(7))).toEqual(serializeModel(build(7)));
    expect(serializeModel(build(8))).not.toEqual(serializeModel(build(7)));
  });

  it('are these on every machine', () => {
    const [weight] = build(1).graph.initializer;
    expect([...(weight?.rawData?.subarray(0, 8) ?? [])]).toEqual([
      1, 129, 12, 190, 136, 250, 252, 61,
    ]);
  });
});
