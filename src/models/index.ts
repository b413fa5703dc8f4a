/** Models: examination, documents and blocks. */
export type { CheckedCut } from './examination/cuts/cut-check.js';
export { checkModel, type ModelCheck } from './examination/model-check.js';
export { ModelsModule } from './models.module.js';
export { type EncodingRules, ModelsService } from './models.service.js';
export { parseManifest } from './uploads/upload-request.js';
