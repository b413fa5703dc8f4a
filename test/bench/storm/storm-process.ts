/** The process of all devices of the storm: it gets a list of devices, connects them, reports it, and drops all at once on request. */
import { once } from 'node:events';
import { type Return, StormDevice, type StormOrder } from './storm-device.js';

/** A message to the process. */
export interface StormOrders {
  readonly mqttPort: number;
  readonly devices: readonly StormOrder[];
}

const JOINING_AT_ONCE = 16;

// Who gives the orders may die.
process.on('disconnect', () => process.exit());
const [orders] = (await once(process, 'message')) as [StormOrders];
const fleet = orders.devices.map((order) => new StormDevice(orders.mqttPort, order));
const waiting = fleet.values();
await Promise.all(
  Array.from({ length: JOINING_AT_ONCE }, async () => {
    for (const device of waiting) await device.join();
  }),
);
process.send?.('joined');
await once(process, 'message');
const returns: Return[] = await Promise.all(fleet.map((device) => device.dropAndReturn()));
process.send?.(returns);
await once(process, 'message');
await Promise.all(fleet.map((device) => device.leave()));
process.disconnect();
