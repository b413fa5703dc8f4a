/** MobileNetV2 (Sandler et al. 2018): inverted residuals, whose narrow ends are good places to cut. */
import type { Blueprint } from './blueprint.js';
import { Drawing, type Value } from './drawing.js';

/** Expansion, channels, repeats, stride of the first. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;
const epsilon = 1e-5;

export function mobilenetv2(): Blueprint {
  const net = new Drawing('mobilenetv2');
  const first = { kernel: 3, stride: 2, pad: 1, epsilon, activation: 'relu6' } as const;
  let x = net.conv('stem', net.image('image', 224), 32, first);
  STAGES.forEach(([expansion, channels, repeats, stride], stage) => {
    for (let i = 0; i < repeats; i++) {
      const name = `stage${stage + 1}.${i + 1}`;
      x = invertedResidual(net, name, x, { expansion, channels, stride: i === 0 ? stride : 1 });
    }
  });
  x = net.conv('head', x, 1280, { epsilon, activation: 'relu6' });
  return net.finish(net.linear('scores', net.globalPool('pool', x), 1000));
}

interface Shape {
  readonly expansion: number;
  readonly channels: number;
  readonly stride: number;
}

function invertedResidual(net: Drawing, name: string, x: Value, shape: Shape): Value {
  const { expansion, channels, stride } = shape;
  const depth = x.dims[1] ?? 0;
  const wide = expansion * depth;
  let y = x;
  if (expansion > 1) y = net.conv(`${name}.expand`, y, wide, { epsilon, activation: 'relu6' });
  y = net.conv(`${name}.depthwise`, y, wide, {
    kernel: 3,
    stride,
    pad: 1,
    groups: wide,
    epsilon,
    activation: 'relu6',
  });
  y = net.conv(`${name}.project`, y, channels, { epsilon, activation: 'none' });
  return stride === 1 && depth === channels ? net.add(name, x, y) : y;
}
