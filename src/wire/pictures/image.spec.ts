import { describe, expect, it } from 'vitest';
import {
  type ImageSpec,
  imageDims,
  imageProblem,
  imageSpec,
  pixelBytes,
  tensorOfPixels,
} from '../index.js';

/** Two pixels side by side: (10, 20, 30) and (40, 50, 60). */
const pixels = Uint8Array.of(10, 20, 30, 40, 50, 60);
const spec = (given: Partial<ImageSpec>): ImageSpec =>
  imageSpec.parse({ width: 2, height: 1, scale: 1, ...given });
const valuesOf = (given: Partial<ImageSpec>, bytes = pixels): number[] => [
  ...new Float32Array(tensorOfPixels(bytes, spec(given)).data.buffer),
];

describe('tensorOfPixels', () => {
  it('orders values by plane or by pixel', () => {
    expect(valuesOf({ layout: 'NCHW' })).toEqual([10, 40, 20, 50, 30, 60]);
    expect(valuesOf({ layout: 'NHWC' })).toEqual([10, 20, 30, 40, 50, 60]);
    expect(imageDims(spec({ layout: 'NCHW' }))).toEqual([1, 3, 1, 2]);
    expect(imageDims(spec({ layout: 'NHWC' }))).toEqual([1, 1, 2, 3]);
  });

  it('orders channels as the model wants', () => {
    expect(valuesOf({ channels: 'BGR' })).toEqual([30, 60, 20, 50, 10, 40]);
    expect(valuesOf({ channels: 'GRAY' }, Uint8Array.of(7, 9))).toEqual([7, 9]);
  });

  it('scales, centres and divides per channel of the tensor', () => {
    expect(valuesOf({ scale: 0.5, mean: [1, 2, 3], deviation: [2, 4, 8] })).toEqual([
      2, 9.5, 2, 5.75, 1.5, 3.375,
    ]);
    expect(valuesOf({ channels: 'BGR', mean: [30, 20, 10] })).toEqual([0, 30, 0, 30, 0, 30]);
  });

  it('rounds once, from double precision', () => {
    const [value] = valuesOf({ scale: 1 / 255, mean: 0.485, deviation: 0.229 });
    expect(value).toBe(Math.fround((10 / 255 - 0.485) / 0.229));
  });

  it('throws when the number of pixels does not match the spec', () => {
    expect(pixelBytes(spec({}))).toBe(6);
    expect(() => tensorOfPixels(pixels.subarray(1), spec({}))).toThrow(
      expect.objectContaining({
        code: 'INPUT_MISMATCH',
        message: '5 pixel bytes do not match 2×1×3',
      }),
    );
  });
});

describe('the numbers of an image spec', () => {
  const wide = [0, 1e-320, -1e-9, 1 / 255, 1, -128, 1e9];

  it('have a problem exactly where black or white is not finite, or both are the same', () => {
    let good = 0;
    for (const scale of wide) {
      for (const mean of wide) {
        for (const deviation of wide) {
          const given = { scale, mean, deviation, channels: 'GRAY' } as const;
          const ends = valuesOf(given, Uint8Array.of(0, 255));
          const isGood = ends.every(Number.isFinite) && ends[0] !== ends[1];
          expect([given, imageProblem(spec(given)) === undefined]).toEqual([given, isGood]);
          good += isGood ? 1 : 0;
        }
      }
    }
    expect(good).toBeGreaterThan(50);
  });

  it.each([
    [{ deviation: 0 }, 'deviation must not be 0'],
    [{ deviation: [1, 0, 1] }, 'deviation must not be 0'],
    [{ mean: [1, 2] }, 'mean has 2 numbers for 3 channels'],
    [{ deviation: [1, 2, 3, 4] }, 'deviation has 4 numbers for 3 channels'],
    [{ channels: 'GRAY', mean: [1, 2, 3] }, 'mean has 3 numbers for 1 channels'],
    [{ scale: 0, mean: [1, 2, 3] }, 'scale, mean and deviation make all of channel 1 -1'],
    [
      { deviation: [1, 1, 1e-45] },
      'scale, mean and deviation make values of channel 3 that are not finite',
    ],
  ] as const)('%j: %s', (given, problem) => {
    expect(imageProblem(spec(given as Partial<ImageSpec>))).toBe(problem);
  });

  it.each([{}, { mean: [3], deviation: [-2] }, { mean: [1, 2, 3], deviation: [4, 5, 6] }])(
    'have none: %j',
    (given) => {
      expect(imageProblem(spec(given))).toBeUndefined();
    },
  );
});
