/** The frames' history: taken from the devices, answered over REST. */
export type { FrameCosts, FrameSpan } from './frame-costs.store.js';
export { FramePredictor } from './frame-predictor.js';
export { HistoryModule } from './history.module.js';
export { HistoryService } from './history.service.js';
