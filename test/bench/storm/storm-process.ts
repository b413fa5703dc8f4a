/**
 * The process of all devices of the storm: it gets lists of devices, connects them, has all planned for, and drops all at once, each on request and
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
const fleet: StormDevice[] = [];
const each = async (
  act: (device: StormDevice) => Promise<void>,
  devices: readonly StormDevice[] = fleet,
): Promise<void> => {
  const waiting = devices.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const device of waiting) await act(device);
    }),
  );
};
for (;;) {
  const [order] = (await once(process, 'message')) as [StormOrders | 'measure'];
  if (order === 'measure') break;
  const devices = order.devices.map((one) => new StormDevice(order.mqttPort, one));
  await each((device) => device.join(), devices);
  fleet.push(...devices);
  process.send?.('joined');
}
await each((device) => device.measure());
process.send?.('planned');
await once(process, 'message');
const returns: Return[] = await Promise.all(fleet.map((device) => device.dropAndReturn()));
process.send?.(returns);
await once(process, 'message');
await Promise.all(fleet.map((device) => device.leave()));
process.disconnect();
