/** The process of all devices of the crowd: it gets a list of devices, connects them, reports that it is ready, sends frames and returns the tallies. */
import { once } from 'node:events';
import type { DesiredPlan, ModelDocument, Tensor } from '../../../src/wire/index.js';
import { runBlocks } from '../../support/devices/played-device.js';
import { seeded } from '../../support/devices/split-model.js';
import { CrowdDevice, type DeviceTally, type Habit } from './crowd-device.js';

/** A message to the process. */
export interface CrowdOrders {
  readonly mqttPort: number;
  /** Base URL of the service. */
  readonly url: string;
  readonly operatorKey: string;
  readonly devices: readonly { readonly id: string; readonly secret: string; habit: Habit }[];
  readonly forMs: number;
}

export interface CrowdTallies {
  readonly devices: readonly DeviceTally[];
  /** Processor time this process took while it sent. */
  readonly cpuMs: number;
}

// Who gives the orders may die.
process.on('disconnect', () => process.exit());
const [orders] = (await once(process, 'message')) as [CrowdOrders];
const known = new Map<string, Promise<ReadonlyMap<string, Tensor>>>();

async function block(digest: string): Promise<Uint8Array> {
  const headers = { authorization: `Bearer ${orders.operatorKey}` };
  const response = await fetch(`${orders.url}/api/v1/blocks/${digest}`, { headers });
  if (!response.ok) throw new Error(`block ${digest}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Runs the blocks on the device once for all devices with the same ones. */
function tensorsOf(
  { device }: DesiredPlan,
  model: ModelDocument,
): Promise<ReadonlyMap<string, Tensor>> {
  const key = [model.digest, ...device].join();
  const inputs = model.inputs.map(({ name }): [string, Tensor] => {
    const dims = model.tensors.find((tensor) => tensor.name === name)?.dims ?? [];
    return [name, seeded({ dtype: 'float32', dims })];
  });
  const tensors = known.get(key) ?? runBlocks(device, new Map(inputs), block);
  known.set(key, tensors);
  return tensors;
}

const joined: CrowdDevice[] = [];
for (const one of orders.devices) {
  joined.push(await CrowdDevice.join(orders.mqttPort, one, tensorsOf));
}
process.send?.('ready');
await once(process, 'message');
const before = process.cpuUsage();
const devices = await Promise.all(joined.map((device) => device.send(orders.forMs)));
const { user, system } = process.cpuUsage(before);
const tallies: CrowdTallies = { devices, cpuMs: (user + system) / 1000 };
process.send?.(tallies, () => process.disconnect());
