/** Which encodings a policy, a device and the measured losses leave a tensor, and what a unit of several may travel as. */
import { describe, expect, it } from 'vitest';
import { digestOf as d, drawnModel } from '../../../test/support/networks/drawn-models.js';
import type { EncodingRules } from '../../models/index.js';
import type { Encoding, EncodingPolicy, ImageSpec } from '../../wire/index.js';
import { predict } from '../pricing/prediction.js';
import { type Costs, type Cut, cutOf, networkOf, placementOf } from './planner-network.js';
import { type Abilities, type EncodingCosts, encodingCosts, waysOf } from './ways.js';

const FRAME = { objective: 'frame', deadlineMs: null, creditBytes: 1e6 } as const;

const image: ImageSpec = {
  ...{ width: 10, height: 10, layout: 'NCHW', channels: 'RGB', scale: 1, mean: 0, deviation: 1 },
  fit: 'fill',
};

/** in ─ a ─┬ p ─ b ─ y
 *          └ q ───┘     */
const model = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['p', 'q']], b: [['p', 'q'], ['y']] },
  elements: { in: 300, p: 1000, q: 2000 },
  images: { in: image },
});
const able: Abilities = {
  source: 'tensor',
  encodings: ['raw', 'pixels', 'f16', 'u8'],
  encodeMsPerByte: { f16: 1e-3, u8: 2e-3 },
};
const rules = (policy: EncodingPolicy, more: Partial<EncodingRules> = {}): EncodingRules => ({
  ...{ policy, losses: [], decodeMsPerByte: { f16: 1e-3, u8: 1e-3, pixels: 1e-3 } },
  ...more,
});
const lossyFor = (policy: EncodingPolicy, abilities = able, more?: Partial<EncodingRules>) =>
  Object.fromEntries(encodingCosts(model.tensors, rules(policy, more), abilities).lossy);

describe('what may be lost', () => {
  it('is what the policy says', () => {
    expect(lossyFor('exact').p).toEqual([]);
    expect(lossyFor('half').p).toEqual(['f16']);
    expect(lossyFor('int8').p).toEqual(['f16', 'u8']);
  });

  it('is nothing that the device does not support or has not measured', () => {
    expect(lossyFor('int8', { source: 'tensor', encodings: ['raw', 'pixels'] }).p).toEqual([]);
    expect(lossyFor('int8', { ...able, encodeMsPerByte: { u8: 1 } }).p).toEqual(['u8']);
  });

  it('is within the bounds, tensor by tensor, and never what was not measured', () => {
    const loss = (tensor: string, encoding: 'f16' | 'u8', error: number, top1: number | null) => ({
      ...{ tensor, encoding, maxRelativeError: error, top1Agreement: top1 },
    });
    const losses = [
      ...[loss('p', 'f16', 1e-4, 1), loss('p', 'u8', 0.02, 0.75)],
      ...[loss('q', 'f16', 1e-3, 1), loss('q', 'u8', 0.005, 1), loss('in', 'u8', 0, null)],
    ];
    const within = (policy: EncodingPolicy) => lossyFor(policy, able, { losses });
    expect(within({ maxRelativeError: 0.01 })).toMatchObject({ p: ['f16'], q: ['f16', 'u8'] });
    expect(within({ maxRelativeError: 5e-4 })).toMatchObject({ p: ['f16'], q: [] });
    expect(within({ minTop1Agreement: 0.75 }).p).toEqual(['f16', 'u8']);
    expect(within({ minTop1Agreement: 0.8 }).p).toEqual(['f16']);
    expect(within({ minTop1Agreement: 0.8 }).in).toEqual([]);
    expect(within({ maxRelativeError: 1 })).toMatchObject({ in: ['u8'], y: [] });
  });

  it('is nothing of a picture: its pixels are exact and as few', () => {
    const costs = encodingCosts(model.tensors, rules('int8'), { ...able, source: 'image' });
    const [input] = model.tensors;
    if (input === undefined) throw new Error('no input');
    const ways = waysOf(input, image, costs);
    expect(ways).toEqual([{ encoding: 'pixels', bytes: 300, encodeMs: 0, decodeMs: 0.3 }]);
  });
});

describe('a block with several tensors', () => {
  const costs: Costs = {
    ...encodingCosts(model.tensors, rules('int8'), able),
    lossy: new Map([
      ['p', ['f16', 'u8']],
      ['q', ['f16']],
    ]),
    deviceMs: new Map(model.blocks.map(({ digest }) => [digest, 10])),
    cloudMs: new Map(model.blocks.map(({ digest }) => [digest, 1])),
    maxBytes: 1e6,
  };
  const cutAs = (encoding: string): Cut => {
    const uploads = [{ id: d('a'), encoding }];
    return cutOf(model, { device: ['input:in', d('a')], uploads, cloud: [d('b')] }, costs);
  };

  it('sends each of them as precisely as asked, or more', () => {
    const [, a] = networkOf(model, costs).units;
    expect(a?.encodings?.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['raw', 12_000],
      ['f16', 6000],
      ['u8', 5000],
    ]);
    // p at 0.002 ms a byte and q at 0.001.
    expect(a?.encodings?.[2]?.encodeMs).toBeCloseTo(4000 * 2e-3 + 8000 * 1e-3);
    expect(cutAs('u8').uploads).toEqual([
      { tensor: 'p', encoding: 'u8', bytes: 1000 },
      { tensor: 'q', encoding: 'f16', bytes: 4000 },
    ]);
  });

  it('stands for the encoding that was asked of it', () => {
    for (const encoding of ['raw', 'f16', 'u8']) {
      const [upload] = placementOf(model, cutAs(encoding)).uploads;
      expect(upload).toEqual({ id: d('a'), encoding });
    }
  });

  it('is predicted with encoding apart from the device’s blocks, and decoding in the cloud', () => {
    const link = { uplinkMsPerByte: 1e-3, rttMs: 0, ageMs: 0, confidence: 1, samples: 9 };
    const situation = { ...FRAME, model, costs, link };
    const predicted = predict(situation, cutAs('u8'));
    expect(predicted).toMatchObject({ deviceMs: expect.closeTo(10), encodeMs: expect.closeTo(16) });
    expect(predicted?.cloudMs).toBeCloseTo(1 + 5000 * 1e-3);
  });

  it('cannot keep a way that is no longer allowed', () => {
    const link = { uplinkMsPerByte: 1e-3, rttMs: 0, ageMs: 0, confidence: 1, samples: 9 };
    const situation = { ...FRAME, model, costs, link };
    const stricter = { ...situation, costs: { ...costs, lossy: new Map() } };
    expect(predict(stricter, cutAs('u8'))).toBeUndefined();
  });
});

describe('the encodings that a device sends', () => {
  const all: Encoding[] = ['raw', 'f16', 'u8', 'pixels', 'jpeg'];
  const sets = Array.from({ length: 32 }, (_, bits) => all.filter((_one, i) => bits & (1 << i)));
  const lengths = { encodeMsPerByte: { f16: 1e-3, u8: 2e-3 }, jpegBytes: 120 };
  const decoding = { decodeMsPerByte: { jpeg: 1e-3, f16: 1e-3, u8: 1e-3, pixels: 1e-3 } };

  const formsOf = (name: string, of: EncodingCosts): string[] => {
    const tensor = model.tensors.find((one) => one.name === name);
    if (tensor === undefined) throw new Error(`no tensor ${name}`);
    const imageOf = model.inputs.find((input) => input.name === name)?.image;
    return waysOf(tensor, imageOf, of).map(({ encoding }) => encoding);
  };
  const formsWith = (spoken: Encoding[], source: 'image' | 'tensor', more = {}) => {
    const abilities = { source, encodings: spoken, ...lengths, ...more };
    const costs = encodingCosts(model.tensors, rules('int8', decoding), abilities);
    return { in: formsOf('in', costs), p: formsOf('p', costs) };
  };

  it('are all that a tensor may travel as, whatever they are', () => {
    for (const spoken of sets) {
      for (const source of ['image', 'tensor'] as const) {
        const forms = formsWith(spoken, source);
        for (const form of [...forms.in, ...forms.p]) expect(spoken).toContain(form);
      }
    }
  });

  it.each<[string, Encoding[], string[]]>([
    ['pixels', ['pixels'], ['pixels']],
    ['files', ['jpeg'], ['jpeg']],
    ['numbers', ['raw'], ['raw']],
    ['files and numbers', ['raw', 'jpeg'], ['jpeg']],
    ['nothing', [], []],
  ])('bring a picture as %s alone, where that is what it sends', (_, spoken, forms) => {
    expect(formsWith(spoken, 'image').in).toEqual(forms);
  });

  it('leave a tensor no form where they hold only pictures', () => {
    expect(formsWith(['pixels', 'jpeg'], 'image').p).toEqual([]);
    expect(formsWith(['pixels', 'jpeg'], 'tensor').in).toEqual([]);
  });

  it('bring files of an unknown length, but none that is longer than its pixels', () => {
    const ofLength = (jpegBytes?: number) => formsWith(['jpeg'], 'image', { jpegBytes }).in;
    expect(ofLength(undefined)).toEqual(['jpeg']);
    expect(ofLength(300)).toEqual(['jpeg']);
    expect(ofLength(301)).toEqual([]);
  });
});
