/** The fleet for the folders above. */

export { deadlineMs, strategy, versionOf } from './device-requests.js';
export { FleetModule } from './fleet.module.js';
export { FleetService } from './fleet.service.js';
export type { DeviceRow } from './fleet.store.js';
