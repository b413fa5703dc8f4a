import { describe, expect, it } from 'vitest';
import { symbolicInput } from '../../../../test/support/networks/hostile-models.js';
import { parseModel } from '../../../onnx/index.js';
import { type ModelManifest, modelManifest, type TensorType } from '../../../wire/index.js';
import { fittedInputs, fittedOutputs } from './manifest-entries.js';
import { bindingsOf } from './manifest-fit.js';

const manifest = (given: object): ModelManifest => modelManifest.parse(given);
const picture: TensorType = { dtype: 'float32', dims: [1, 3, 4, 6] };

describe('sizes of open dimensions', () => {
  const model = parseModel(symbolicInput());

  it('come from the dims or the image of the manifest', () => {
    const bindings = { 'picture[0]': 1, 'picture[2]': 4, 'picture[3]': 6 };
    expect(bindingsOf(model, manifest({ inputs: [{ dims: [1, 3, 4, 6] }] }))).toEqual(bindings);
    const image = { width: 6, height: 4 };
    expect(bindingsOf(model, manifest({ inputs: [{ name: 'picture', image }] }))).toEqual(bindings);
    expect(bindingsOf(model, manifest({}))).toEqual({});
  });

  it('must not contradict the model', () => {
    const of = (dims: number[]) => () => bindingsOf(model, manifest({ inputs: [{ dims }] }));
    expect(of([1, 3, 4])).toThrow("input 'picture' has 4 dimensions, but the manifest gives 3");
    expect(of([1, 1, 4, 6])).toThrow(
      "dimension 1 of input 'picture' is 3, but the manifest gives 1",
    );
  });

  it('are of inputs the model has, each described once', () => {
    const of =
      (...inputs: object[]) =>
      () =>
        bindingsOf(model, manifest({ inputs }));
    expect(of({ name: 'x' })).toThrow("the model has no input 'x'; its inputs are: picture");
    expect(of({}, {})).toThrow('the model has no input 2');
    expect(of({}, { name: 'picture' })).toThrow("input 'picture' is described twice");
  });
});

describe('what a manifest says of inputs and outputs', () => {
  const outputs = new Map([['y', { dtype: 'float32', dims: [1, 3] } as TensorType]]);

  it('reaches the device when it fits', () => {
    const image = modelManifest.parse({ inputs: [{ image: { width: 6, height: 4 } }] });
    expect(fittedInputs(new Map([['p', picture]]), image)[0]?.image?.width).toBe(6);
    const labels = ['cat', 'dog', 'owl'];
    const given = manifest({ outputs: [{ kind: 'classes', labels }] });
    expect(fittedOutputs(outputs, given)).toEqual([{ name: 'y', kind: 'classes', labels }]);
    expect(fittedOutputs(outputs, manifest({}))).toEqual([{ name: 'y', kind: 'raw' }]);
  });

  it('is refused when it does not', () => {
    const image = manifest({ inputs: [{ image: { width: 4, height: 4 } }] });
    expect(() => fittedInputs(new Map([['p', picture]]), image)).toThrow(
      "the image of input 'p' makes float32[1,3,4,4], but the model wants float32[1,3,4,6]",
    );
    const blank = manifest({ inputs: [{ image: { width: 6, height: 4, deviation: 0 } }] });
    expect(() => fittedInputs(new Map([['p', picture]]), blank)).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        message: "the image of input 'p': deviation must not be 0",
      }),
    );
    const labels = manifest({ outputs: [{ kind: 'classes', labels: ['cat'] }] });
    expect(() => fittedOutputs(outputs, labels)).toThrow(
      "output 'y' has 3 values, but the manifest gives 1 labels",
    );
  });
});
