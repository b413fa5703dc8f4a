/** Marks routes that devices may use with their own credential (HTTP Basic), in addition to operators; the guard of access reads the mark. */
import { SetMetadata } from '@nestjs/common';

/** The metadata key of the guard. */
export const DEVICE_ROUTE = 'flotilla:device';

/** Approved devices only, or also those waiting for approval. */
export type DeviceRouteFor = 'approved' | 'waiting';

/** This route, or every route of this controller, also accepts a device that sends `Authorization: Basic id:secret`. */
export const DeviceRoute = (devices: DeviceRouteFor = 'approved') =>
  SetMetadata(DEVICE_ROUTE, devices);
