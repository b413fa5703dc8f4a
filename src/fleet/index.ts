/** The fleet for the folders above. */

export { deadlineMs, strategy, versionOf } from './devices/device-requests.js';
export { FleetService } from './devices/fleet.service.js';
export { ModelAssignmentPort } from './devices/model-assignment-port.js';
export { FleetModule } from './fleet.module.js';
export type { DeviceRow } from './store/devices.store.js';
export {
  type DeviceLimits,
  LIMIT_COLUMNS,
  limitsOf,
  type SiteUplink,
} from './store/limit-columns.js';
