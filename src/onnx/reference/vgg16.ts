/** VGG-16 (Simonyan and Zisserman 2015, configuration D): a long chain of 3×3 convolutions, 553 MB of weights. */
import type { Blueprint } from './blueprint.js';
import { Drawing } from './drawing.js';

/** Channels of the convolutions of each stage; a pooling halves the size behind each. */
const STAGES = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

export function vgg16(): Blueprint {
  const net = new Drawing('vgg16');
  let x = net.image('image', 224);
  STAGES.forEach((stage, i) => {
    stage.forEach((channels, j) => {
      x = net.conv(`conv${i + 1}_${j + 1}`, x, channels, { kernel: 3, pad: 1 });
    });
    x = net.maxPool(`pool${i + 1}`, x, { kernel: 2, stride: 2 });
  });
  x = net.linear('fc6', net.flatten('flat', x), 4096, 'relu');
  x = net.linear('fc7', x, 4096, 'relu');
  return net.finish(net.linear('scores', x, 1000));
}
