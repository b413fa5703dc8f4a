/** Marks the few routes that devices may use with their own credential (HTTP Basic), beside operators; the guard of access reads the mark. */
import { SetMetadata } from '@nestjs/common';

/** The metadata key the guard asks for. */
export const DEVICE_ROUTE = 'flotilla:device';

/** Which devices: those that are approved, or also those that wait to be. */
export type DeviceRouteFor = 'approved' | 'waiting';

/** This route, or every route of this controller, also answers a device that sends `Authorization: Basic id:secret`. */
export const DeviceRoute = (devices: DeviceRouteFor = 'approved') =>
  SetMetadata(DEVICE_ROUTE, devices);
