/** SqueezeNet 1.1 (Iandola et al. 2016): fire modules, each a squeeze that two expansions read. */
import type { Blueprint } from './blueprint.js';
import { Drawing, type Value } from './drawing.js';

const POOL = { kernel: 3, stride: 2, isCeil: true };

export function squeezenet(): Blueprint {
  const net = new Drawing('squeezenet');
  let x = net.conv('conv1', net.image('image', 224), 64, { kernel: 3, stride: 2 });
  x = net.maxPool('pool1', x, POOL);
  x = fire(net, 'fire2', x, 16, 64);
  x = fire(net, 'fire3', x, 16, 64);
  x = net.maxPool('pool3', x, POOL);
  x = fire(net, 'fire4', x, 32, 128);
  x = fire(net, 'fire5', x, 32, 128);
  x = net.maxPool('pool5', x, POOL);
  x = fire(net, 'fire6', x, 48, 192);
  x = fire(net, 'fire7', x, 48, 192);
  x = fire(net, 'fire8', x, 64, 256);
  x = fire(net, 'fire9', x, 64, 256);
  return net.finish(net.globalPool('scores', net.conv('conv10', x, 1000)));
}

function fire(net: Drawing, name: string, x: Value, squeezed: number, expanded: number): Value {
  const squeeze = net.conv(`${name}.squeeze`, x, squeezed);
  return net.concat(name, [
    net.conv(`${name}.expand1`, squeeze, expanded),
    net.conv(`${name}.expand3`, squeeze, expanded, { kernel: 3, pad: 1 }),
  ]);
}
