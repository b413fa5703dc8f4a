/** GoogLeNet (Szegedy et al. 2015) with batch normalisation and 3×3 in the third branch, without auxiliary classifiers. */
import type { Blueprint } from './blueprint.js';
import { Drawing, type Value } from './drawing.js';

const epsilon = 1e-3;
const POOL = { kernel: 3, stride: 2, isCeil: true };

/** Channels: 1×1; 3×3 reduced, 3×3; second 3×3 reduced, second 3×3; behind the pooling. */
type Channels = readonly [number, number, number, number, number, number];

export function googlenet(): Blueprint {
  const net = new Drawing('googlenet');
  let x = net.conv('conv1', net.image('image', 224), 64, { kernel: 7, stride: 2, pad: 3, epsilon });
  x = net.maxPool('pool1', x, POOL);
  x = net.conv('conv2', x, 64, { epsilon });
  x = net.conv('conv3', x, 192, { kernel: 3, pad: 1, epsilon });
  x = net.maxPool('pool2', x, POOL);
  x = inception(net, 'inception3a', x, [64, 96, 128, 16, 32, 32]);
  x = inception(net, 'inception3b', x, [128, 128, 192, 32, 96, 64]);
  x = net.maxPool('pool3', x, POOL);
  x = inception(net, 'inception4a', x, [192, 96, 208, 16, 48, 64]);
  x = inception(net, 'inception4b', x, [160, 112, 224, 24, 64, 64]);
  x = inception(net, 'inception4c', x, [128, 128, 256, 24, 64, 64]);
  x = inception(net, 'inception4d', x, [112, 144, 288, 32, 64, 64]);
  x = inception(net, 'inception4e', x, [256, 160, 320, 32, 128, 128]);
  x = net.maxPool('pool4', x, { kernel: 2, stride: 2, isCeil: true });
  x = inception(net, 'inception5a', x, [256, 160, 320, 32, 128, 128]);
  x = inception(net, 'inception5b', x, [384, 192, 384, 48, 128, 128]);
  return net.finish(net.linear('scores', net.globalPool('pool5', x), 1000));
}

function inception(net: Drawing, name: string, x: Value, channels: Channels): Value {
  const [one, threeReduced, three, fiveReduced, five, pooled] = channels;
  const wide = { kernel: 3, pad: 1, epsilon };
  const branch1 = net.conv(`${name}.branch1`, x, one, { epsilon });
  const reduced2 = net.conv(`${name}.reduce2`, x, threeReduced, { epsilon });
  const branch2 = net.conv(`${name}.branch2`, reduced2, three, wide);
  const reduced3 = net.conv(`${name}.reduce3`, x, fiveReduced, { epsilon });
  const branch3 = net.conv(`${name}.branch3`, reduced3, five, wide);
  const around = net.maxPool(`${name}.pool`, x, { kernel: 3, stride: 1, pad: 1 });
  const branch4 = net.conv(`${name}.branch4`, around, pooled, { epsilon });
  return net.concat(name, [branch1, branch2, branch3, branch4]);
}
