/** Inference in the cloud. */
export { InferenceModule } from './inference.module.js';
export { InferenceService } from './inference.service.js';
