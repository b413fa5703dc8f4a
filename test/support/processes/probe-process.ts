/** The process of a probe device, so that hostile clients slow down the service only: it connects, begins and ends on request. */
import { once } from 'node:events';
import { ProbeDevice } from '../devices/probe-device.js';

export interface ProbeOrder {
  readonly mqttPort: number;
  readonly id: string;
  readonly secret: string;
}

/** Begins with a frame every `periodMs`, or ends. */
export type ProbeWord = { readonly everyMs: number } | 'end';

// Who gives the orders may die.
process.on('disconnect', () => process.exit());
const [{ mqttPort, id, secret }] = (await once(process, 'message')) as [ProbeOrder];
const device = await ProbeDevice.join(mqttPort, id, secret);
process.on('message', (word: ProbeWord) => {
  if (word === 'end') void device.end().then((frames) => process.send?.(frames));
  else device.begin(word.everyMs);
});
process.send?.('joined');
