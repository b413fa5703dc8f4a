/** AlexNet, the one-column form (Krizhevsky 2014, "One weird trick"): a chain with most weights at its end. */
import type { Blueprint } from './blueprint.js';
import { Drawing } from './drawing.js';

const POOL = { kernel: 3, stride: 2 };

export function alexnet(): Blueprint {
  const net = new Drawing('alexnet');
  let x = net.conv('conv1', net.image('image', 224), 64, { kernel: 11, stride: 4, pad: 2 });
  x = net.maxPool('pool1', x, POOL);
  x = net.conv('conv2', x, 192, { kernel: 5, pad: 2 });
  x = net.maxPool('pool2', x, POOL);
  x = net.conv('conv3', x, 384, { kernel: 3, pad: 1 });
  x = net.conv('conv4', x, 256, { kernel: 3, pad: 1 });
  x = net.conv('conv5', x, 256, { kernel: 3, pad: 1 });
  x = net.flatten('flat', net.maxPool('pool5', x, POOL));
  x = net.linear('fc6', x, 4096, 'relu');
  x = net.linear('fc7', x, 4096, 'relu');
  return net.finish(net.linear('scores', x, 1000));
}
