/** Marks the few routes that devices may use with their own credential (HTTP Basic), beside operators; the guard of the fleet reads the mark. */
import { SetMetadata } from '@nestjs/common';

/** The metadata key the guard asks for. */
export const DEVICE_ROUTE = 'flotilla:device';

/** This route, or every route of this controller, also answers a device that sends `Authorization: Basic id:secret`. */
export const DeviceRoute = () => SetMetadata(DEVICE_ROUTE, true);
