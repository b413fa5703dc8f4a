/** ResNet-18 (He et al. 2016): two convolutions and a short cut, eight times. */
import type { Blueprint } from './blueprint.js';
import { Drawing, type Value } from './drawing.js';

const epsilon = 1e-5;

export function resnet18(): Blueprint {
  const net = new Drawing('resnet18');
  let x = net.conv('stem', net.image('image', 224), 64, { kernel: 7, stride: 2, pad: 3, epsilon });
  x = net.maxPool('pool1', x, { kernel: 3, stride: 2, pad: 1 });
  [64, 128, 256, 512].forEach((channels, stage) => {
    x = basicBlock(net, `stage${stage + 1}.1`, x, channels, stage === 0 ? 1 : 2);
    x = basicBlock(net, `stage${stage + 1}.2`, x, channels, 1);
  });
  return net.finish(net.linear('scores', net.globalPool('pool', x), 1000));
}

function basicBlock(net: Drawing, name: string, x: Value, channels: number, stride: number): Value {
  const last = { epsilon, activation: 'none' } as const;
  let y = net.conv(`${name}.conv1`, x, channels, { kernel: 3, stride, pad: 1, epsilon });
  y = net.conv(`${name}.conv2`, y, channels, { kernel: 3, pad: 1, ...last });
  const short = stride === 1 ? x : net.conv(`${name}.short`, x, channels, { stride, ...last });
  return net.add(name, y, short, 'relu');
}
