import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  graphModel,
  modelFiles,
  readModelFile,
} from '../../../test/support/networks/onnx-graphs.js';
import { Fault } from '../../wire/index.js';
import { referenceNetworks } from '../reference/index.js';
import { parseModel, serializeModel } from './model.js';

function faultOf(bytes: Uint8Array): Fault {
  try {
    parseModel(bytes);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const text = (value: string) => new TextEncoder().encode(value);
const tiny = (name: string) => {
  const network = referenceNetworks.find((one) => one.name === name);
  if (network === undefined) throw new Error(`no network ${name}`);
  return serializeModel(network.build());
};

describe('an ONNX file', () => {
  it.each(['tiny-chain', 'tiny-fork'])('is written as it was read: %s', (name) => {
    const bytes = tiny(name);
    expect(serializeModel(parseModel(bytes))).toEqual(bytes);
  });

  it.each(modelFiles())('is written byte for byte as it was read, or rejected: %s', (name) => {
    const bytes = readModelFile(name);
    if (name === 'super_resolution.onnx') {
      expect(faultOf(bytes).message).toMatch(/opset_import/);
      return;
    }
    expect(Buffer.compare(serializeModel(parseModel(bytes)), bytes)).toBe(0);
  });

  it('keeps fields the schema does not know', () => {
    const unknown = Uint8Array.of(0xfa, 0x01, 2, 7, 7); // field 31, two bytes
    const bytes = new Uint8Array([...tiny('tiny-chain'), ...unknown]);
    expect(serializeModel(parseModel(bytes))).toEqual(bytes);
  });

  it('keeps the extremes of 64-bit attributes', () => {
    const end = [{ name: 'ends', ints: [2n ** 63n - 1n, -(2n ** 63n)], type: 7 }];
    const model = graphModel({ nodes: 'Slice x -> y', outputs: ['y'], attributes: { 0: end } });
    const again = parseModel(serializeModel(model));
    expect(again.graph.node[0]?.attribute[0]?.ints).toEqual(end[0]?.ints);
  });

  it('shares its weights with the bytes it was read from', () => {
    const bytes = tiny('tiny-chain');
    const weight = parseModel(bytes).graph.initializer[0];
    expect(weight?.rawData?.buffer).toBe(bytes.buffer);
  });
});

describe('a file that is not ONNX', () => {
  it.each([
    ['nothing', new Uint8Array(), /empty/],
    ['text', text('hello, this is not a model'), /./],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), /./],
    ['a message without graph', Uint8Array.of(8, 8), /graph/],
  ])('is rejected with its reason: %s', (_, bytes, reason) => {
    const fault = faultOf(bytes);
    expect(fault.code).toBe('MODEL_NOT_ONNX');
    expect(fault.message).toMatch(reason);
  });

  it('is rejected by place when it is cut short', () => {
    const bytes = tiny('tiny-chain');
    expect(faultOf(bytes.subarray(0, 200)).message).toMatch(/byte \d+ of 200, in graph/);
  });

  it('is rejected when an operator has no type', () => {
    const model = graphModel({ nodes: 'Relu x -> y', outputs: ['y'] });
    const [node] = model.graph.node;
    const broken = node === undefined ? [] : [{ ...node, opType: '' }];
    const bytes = serializeModel({ ...model, graph: { ...model.graph, node: broken } });
    expect(faultOf(bytes).message).toMatch(/node 0 .* no operator type/);
  });

  it('never ends in anything but a Fault: truncations', () => {
    const bytes = tiny('tiny-fork').subarray(0, 1500);
    for (let size = 0; size < bytes.length; size += 7) faultOf(bytes.subarray(0, size));
  });

  it('fails only with a Fault: changed bytes', () => {
    const bytes = tiny('tiny-fork');
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const mutant = bytes.slice();
        for (const [at, value] of changes) mutant[at] = value;
        try {
          parseModel(mutant);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
      { numRuns: 300 },
    );
  });
});
