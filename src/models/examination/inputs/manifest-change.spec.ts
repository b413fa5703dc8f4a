import { describe, expect, it } from 'vitest';
import { modelManifest } from '../../../wire/index.js';
import type { Examined } from '../examined.js';
import { changedDescription, changedManifest, type ManifestChange } from './manifest-change.js';

const DIGEST = 'ab'.repeat(32);

const found = {
  ...{ digest: DIGEST, edges: 1, maxAbsDiff: 0, threads: 1 },
  inputs: [{ name: 'picture' }],
  outputs: [{ name: 'scores', kind: 'raw' }],
  tensors: [
    { name: 'picture', dtype: 'float32', dims: [1, 3, 4, 6], bytes: 288 },
    { name: 'middle', dtype: 'float32', dims: [1, 7], bytes: 28 },
    { name: 'scores', dtype: 'float32', dims: [1, 3], bytes: 12 },
  ],
  ...{ blocks: [], cloud: [], units: [] },
} as const as unknown as Examined;

const change = (given: object): ManifestChange => {
  const { inputs, outputs, policy, leaves } = modelManifest.partial().parse(given);
  const all = { inputs, outputs, policy, leaves };
  return Object.fromEntries(Object.entries(all).filter(([key]) => key in given));
};
const image = { width: 6, height: 4 };
const labels = ['cat', 'dog', 'owl'];

describe('a change of a manifest', () => {
  it('keeps what it does not name', () => {
    expect(changedDescription(found, change({ policy: 'half' }))).toEqual({
      ...{ inputs: found.inputs, outputs: found.outputs, needsMeasuring: false },
    });
    const before = modelManifest.parse({ outputs: [{ kind: 'classes' }], leaves: 'features' });
    expect(changedManifest(before, { policy: 'half', leaves: undefined })).toEqual({
      ...before,
      policy: 'half',
    });
  });

  it('gives a model its labels without measuring again', () => {
    const classes = { ...found, outputs: [{ name: 'scores', kind: 'classes' as const }] };
    const changed = changedDescription(classes, change({ outputs: [{ kind: 'classes', labels }] }));
    expect(changed.outputs).toEqual([{ name: 'scores', kind: 'classes', labels }]);
    expect(changed.needsMeasuring).toBe(false);
  });

  it.each([
    ['the preparation of an input', { inputs: [{ image }] }],
    ['the kind of an output', { outputs: [{ kind: 'classes' }] }],
  ])('of %s has the accuracy measured again', (_, given) => {
    expect(changedDescription(found, change(given)).needsMeasuring).toBe(true);
  });

  it.each([
    [
      { inputs: [{ dims: [1, 3, 8, 8] }] },
      "inputs: 'picture' has 1 × 3 × 4 × 6, not 1 × 3 × 8 × 8",
    ],
    [{ inputs: [{ image: { ...image, width: 7 } }] }, "inputs: the image of input 'picture' makes"],
    [{ inputs: [{ image: { ...image, layout: 'NHWC' } }] }, 'upload the file with this manifest'],
    [{ inputs: [{ name: 'other' }] }, "the model has no input 'other'"],
    [{ outputs: [{ kind: 'classes', labels: ['cat'] }] }, "output 'scores' has 3 values"],
    [{ outputs: [{}, {}] }, 'the model has no output 2'],
  ])('%o is refused by name, for the blocks stay', (given, text) => {
    const refused = () => changedDescription(found, change(given));
    expect(refused).toThrow(text);
    expect(refused).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }));
  });
});
