/**
 * The process of all devices of the storm: it gets a list of devices, connects them, has them planned for, and drops all at once, each on request and
 * with a report.
 */
import { once } from 'node:events';
import { type Return, StormDevice, type StormOrder } from './storm-device.js';

/** A message to the process. */
export interface StormOrders {
  readonly mqttPort: number;
  readonly devices: readonly StormOrder[];
}

const AT_ONCE = 16;

// Who gives the orders may die.
process.on('disconnect', () => process.exit());
const [orders] = (await once(process, 'message')) as [StormOrders];
const fleet = orders.devices.map((order) => new StormDevice(orders.mqttPort, order));
const each = async (act: (device: StormDevice) => Promise<void>): Promise<void> => {
  const waiting = fleet.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const device of waiting) await act(device);
    }),
  );
};
await each((device) => device.join());
process.send?.('joined');
await once(process, 'message');
await each((device) => device.measure());
process.send?.('planned');
await once(process, 'message');
const returns: Return[] = await Promise.all(fleet.map((device) => device.dropAndReturn()));
process.send?.(returns);
await once(process, 'message');
await Promise.all(fleet.map((device) => device.leave()));
process.disconnect();
