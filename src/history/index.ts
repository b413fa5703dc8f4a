/** The frames' history: taken from the devices, answered over REST. */
export { HistoryModule } from './history.module.js';
