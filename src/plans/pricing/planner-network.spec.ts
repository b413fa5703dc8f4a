/** Blocks become units and cuts become plans, on drawn models. */
import { describe, expect, it } from 'vitest';
import {
  digestOf as d,
  drawnModel,
  exactOnly,
} from '../../../test/support/networks/drawn-models.js';
import { checkNetwork, type Placement, simulate } from '../../planner/index.js';
import type { ImageSpec, ModelDocument } from '../../wire/index.js';
import {
  blocksWithoutTime,
  type Costs,
  cloudOutputs,
  cutOf,
  networkOf,
  placementOf,
} from './planner-network.js';

const image: ImageSpec = {
  ...{ width: 10, height: 10, layout: 'NCHW', channels: 'RGB', scale: 1, mean: 0, deviation: 1 },
  fit: 'fill',
};

function costsOf(model: ModelDocument, changes: Partial<Costs> = {}): Costs {
  return {
    deviceMs: new Map(model.blocks.map(({ digest }) => [digest, 10])),
    cloudMs: new Map(model.blocks.map(({ digest }) => [digest, 1])),
    ...exactOnly,
    source: 'tensor',
    maxBytes: 1 << 20,
    ...changes,
  };
}

/** A placement that keeps named blocks on the device and sends what named units make. */
function placed(model: ModelDocument, device: string[], senders: string[]): Placement {
  const id = (name: string): string => (name.startsWith('input:') ? name : d(name));
  const inputs = model.inputs.map(({ name }) => `input:${name}`);
  const onDevice = device.map(d);
  return {
    device: [...inputs, ...onDevice],
    uploads: senders.map((name) => ({ id: id(name), encoding: 'raw' })),
    cloud: model.blocks.map(({ digest }) => digest).filter((one) => !onDevice.includes(one)),
  };
}

/** in ─ a ─┬ p ──── b ─ y
 *          ├ q ────────┘ (b and c read q)
 *          └ r ─ c ─ z      side: an output of a that only the user reads */
const forked = drawnModel({
  inputs: ['in'],
  outputs: ['y', 'z', 'side'],
  blocks: {
    a: [['in'], ['p', 'q', 'r', 'side']],
    b: [['p', 'q'], ['y']],
    c: [['q', 'r'], ['z']],
  },
  elements: { p: 100, q: 200, r: 300, side: 9999 },
});

describe('the network of a model', () => {
  it('charges a block for every output that other blocks read, and no other', () => {
    const network = networkOf(forked, costsOf(forked));
    const a = network.units.find(({ id }) => id === d('a'));
    expect(a?.encodings).toEqual([{ name: 'raw', bytes: 2400, encodeMs: 0, decodeMs: 0 }]);
    expect(network.edges).toEqual([
      ['input:in', d('a')],
      [d('a'), d('b')],
      [d('a'), d('c')],
    ]);
    expect(checkNetwork(network)).toBeUndefined();
  });

  it('sends only the tensors that cloud blocks read', () => {
    const placement = placed(forked, ['a', 'b'], ['a']);
    const cut = cutOf(forked, placement, costsOf(forked));
    expect(cut.uploads).toEqual([
      { tensor: 'q', encoding: 'raw', bytes: 800 },
      { tensor: 'r', encoding: 'raw', bytes: 1200 },
    ]);
    expect(cut.cloud).toEqual([d('c')]);
  });

  it('charges a chosen cut for exactly what it sends', () => {
    const costs = costsOf(forked);
    const cut = cutOf(forked, placed(forked, ['a', 'b'], ['a']), costs);
    const link = { uplinkMbps: 8, latencyMs: 0, perTensorMs: 0, resultBytes: 0, downlinkMbps: 8 };
    const problem = { network: networkOf(forked, costs, cut), link };
    const simulation = simulate(problem, placementOf(forked, cut));
    // 10 ms for a, then 2 ms for 2000 bytes and 1 ms for c, while b ends at 20 ms.
    expect(simulation).toMatchObject({ kind: 'ran', makespanMs: 20 });
  });

  it('keeps a graph output where it is made', () => {
    const costs = costsOf(forked);
    const all = cutOf(forked, placed(forked, [], ['input:in']), costs);
    const half = cutOf(forked, placed(forked, ['a', 'b'], ['a']), costs);
    const none = cutOf(forked, placed(forked, ['a', 'b', 'c'], []), costs);
    expect(cloudOutputs(forked, all)).toEqual(['y', 'z', 'side']);
    expect(cloudOutputs(forked, half)).toEqual(['z']);
    expect(cloudOutputs(forked, none)).toEqual([]);
    expect(none).toMatchObject({ uploads: [], cloud: [] });
  });

  it('lets an image input travel as pixels when frames are pictures', () => {
    const model = drawnModel({
      inputs: ['photo', 'hint'],
      outputs: ['y'],
      blocks: { a: [['photo', 'hint'], ['y']] },
      images: { photo: image },
    });
    const placement = placed(model, [], ['input:photo', 'input:hint']);
    const uploadsFor = (source: Costs['source']) =>
      cutOf(model, placement, costsOf(model, { source })).uploads;
    expect(uploadsFor('image')).toEqual([
      { tensor: 'photo', encoding: 'pixels', bytes: 300 },
      { tensor: 'hint', encoding: 'raw', bytes: 1000 },
    ]);
    expect(uploadsFor('tensor')[0]).toEqual({ tensor: 'photo', encoding: 'raw', bytes: 1200 });
  });

  it('counts an input that device and cloud both read once', () => {
    const model = drawnModel({
      inputs: ['in'],
      outputs: ['y', 'z'],
      blocks: { left: [['in'], ['y']], right: [['in'], ['z']] },
    });
    const costs = costsOf(model);
    const cut = cutOf(model, placed(model, ['left'], ['input:in']), costs);
    expect(cut).toEqual({
      device: [d('left')],
      cloud: [d('right')],
      uploads: [{ tensor: 'in', encoding: 'raw', bytes: 1000 }],
    });
  });

  it('sends inputs in the order of the plan, before the first block', () => {
    const model = drawnModel({
      inputs: ['one', 'two'],
      outputs: ['y'],
      blocks: { a: [['one'], ['m']], b: [['m', 'one', 'two'], ['y']] },
    });
    const cut = {
      ...cutOf(model, placed(model, ['a'], ['input:two', 'a', 'input:one']), costsOf(model)),
    };
    const decision = placementOf(model, cut);
    expect(decision.device).toEqual(['input:two', 'input:one', d('a')]);
    expect(decision.uploads.map(({ id }) => id)).toEqual(['input:two', d('a'), 'input:one']);
  });

  it('keeps the readers of a tensor that is too large for the cloud on the device', () => {
    const network = networkOf(forked, costsOf(forked, { maxBytes: 2000 }));
    expect(network.units.find(({ id }) => id === d('a'))?.encodings).toEqual([]);
  });

  it('names the blocks that have no time yet', () => {
    expect(blocksWithoutTime(forked, new Map([[d('b'), 1]]))).toEqual([d('a'), d('c')]);
  });
});
