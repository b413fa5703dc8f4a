/**
 * A detector: a shared trunk and three heads on three scales. Each head begins with a narrow neck, so the smallest cut
 * is three tensors, one ready after the other: the network for which sending while computing pays.
 *
 *   image ─ trunk1 ─ trunk2 ─ trunk3 ┬ near.neck ─ … ─ near       28×28
 *                                    └ trunk4 ┬ middle.neck ─ … ─ middle   14×14
 *                                             └ far.neck ─ … ─ far          7×7
 */
import type { Blueprint } from './blueprint.js';
import { Drawing, type Value } from './drawing.js';

/** Four boxes a place, each of four corners, a score and a class. */
const PREDICTIONS = 24;

export function threeHeads(): Blueprint {
  const net = new Drawing('three-heads');
  const halving = { kernel: 3, stride: 2, pad: 1 };
  let x = net.conv('trunk1', net.image('image', 224), 32, halving);
  x = net.conv('trunk2', x, 64, halving);
  const fine = net.conv('trunk3', x, 128, halving);
  const coarse = net.conv('trunk4', fine, 128, halving);
  return net.finish(
    head(net, 'near', net.conv('near.neck', fine, 8), 192),
    head(net, 'middle', net.conv('middle.neck', coarse, 12), 320),
    head(net, 'far', net.conv('far.neck', coarse, 16, halving), 512),
  );
}

function head(net: Drawing, name: string, neck: Value, channels: number): Value {
  let x = neck;
  for (const layer of [1, 2, 3]) {
    x = net.conv(`${name}.body${layer}`, x, channels, { kernel: 3, pad: 1 });
  }
  return net.conv(name, x, PREDICTIONS, { activation: 'none' });
}
