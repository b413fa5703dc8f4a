/** The fleet for the folders above. */

export { FleetModule } from './fleet.module.js';
export { FleetService } from './fleet.service.js';
export type { DeviceRow } from './fleet.store.js';
