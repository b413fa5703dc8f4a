/** The frames' history: taken from the devices, answered over REST. */
export { FramePredictor } from './frame-predictor.js';
export { HistoryModule } from './history.module.js';
export { HistoryService } from './history.service.js';
