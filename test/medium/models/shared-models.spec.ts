/** Real networks from files, cut wherever they can be cut. The larger ones are in `test/long/larger-models.spec.ts`. */
import { describe, expect, it } from 'vitest';
import {
  checked,
  expectEqualAtEveryCut,
  type ModelFile,
  pathOf,
} from '../../support/models/model-files.js';

const FILES: readonly ModelFile[] = [
  { file: 'mnist-8', ideals: 7, mostRel: 0 },
  { file: 'squeezenet', ideals: 49, mostRel: 1e-6 },
  { file: 'squeezenet_fp16', ideals: 51, mostRel: 0 },
];

describe('a model file', () => {
  it.for(FILES)('$file gives the same outputs at every cut', expectEqualAtEveryCut);

  it('is rejected with the reason and advice when no runtime can load it', async (context) => {
    expect(await checked(pathOf('super_resolution', context))).toEqual({
      error: {
        code: 'MODEL_NOT_ONNX',
        message: expect.stringMatching(/no operator set .*opset_import is empty.*export it again/),
      },
    });
  });
});
