/** The frames' history: taken from the devices, answered over REST. */
export type { FrameCosts, FrameSpan } from './frames/frame-costs.store.js';
export { HistoryModule } from './history.module.js';
export { RecordIntake } from './intake/record-intake.js';
export { HistoryService } from './queries/history.service.js';
