/** Results as the network hands them over: views into a packet, at any offset. */
import { describe, expect, it } from 'vitest';
import { Fault, type ModelDocument, numbersOf } from '../../../../src/wire/index.js';
import { tensorsOfResult } from './result-tensors.js';

const SPECS = [
  { name: 'flag', dtype: 'uint8', dims: [3], bytes: 3 },
  { name: 'scores', dtype: 'float32', dims: [2], bytes: 8 },
] as const;

const model = { tensors: SPECS } as unknown as ModelDocument;

function resultAt(offset: number) {
  const packet = Buffer.alloc(offset + 11);
  packet.set([7, 8, 9], offset);
  packet.writeFloatLE(1.5, offset + 3);
  packet.writeFloatLE(-2.5, offset + 7);
  const head = {
    ...{ v: 1 as const, kind: 'result' as const, frame: 'f'.repeat(32), queueMs: 0, cloudMs: 0 },
    outputs: SPECS.map((spec) => ({ ...spec, dims: [...spec.dims] })),
  };
  return { kind: 'result' as const, head, body: packet.subarray(offset), atMs: 0 };
}

describe('the tensors of a result', () => {
  it.each([0, 1, 5])('are read where they lie, %i bytes into the packet', (offset) => {
    const tensors = tensorsOfResult(resultAt(offset), ['flag', 'scores'], model);
    if (tensors instanceof Fault) throw tensors;
    expect([...tensors.values()].map(numbersOf)).toEqual([
      [7, 8, 9],
      [1.5, -2.5],
    ]);
  });

  it('have bytes of their own, which any typed array can hold and no later packet changes', () => {
    const result = resultAt(1);
    const tensors = tensorsOfResult(result, ['scores'], model);
    const data = tensors instanceof Fault ? undefined : tensors.get('scores')?.data;
    result.body.fill(0);
    expect(data && [...new Float32Array(data.buffer, data.byteOffset, 2)]).toEqual([1.5, -2.5]);
  });

  it('are a fault when the body is shorter than its head says', () => {
    const { body, ...result } = resultAt(0);
    const short = tensorsOfResult({ ...result, body: body.subarray(0, 10) }, ['scores'], model);
    expect(short).toMatchObject({ code: 'MESSAGE_MALFORMED' });
  });
});
