/** The larger of the real networks from files, cut wherever they can be cut: seconds to minutes each. */
import { describe, it } from 'vitest';
import { expectEqualAtEveryCut, type ModelFile } from '../support/models/model-files.js';

const FILES: readonly ModelFile[] = [
  { file: 'simplified_ssd', ideals: 12, mostRel: 0 },
  { file: 'ultraface-RFB-320', ideals: 9071, mostRel: 1e-6 },
  { file: 'light_inception_v1', ideals: 500, mostRel: 0, hasConstantWeights: true },
  { file: 'light_bvlc_alexnet', ideals: 16, mostRel: 0, hasConstantWeights: true },
  { file: 'light_resnet50', ideals: 87, mostRel: 0, hasConstantWeights: true },
];

describe('a model file', () => {
  it.for(FILES)('$file gives the same outputs at every cut', expectEqualAtEveryCut);
});
