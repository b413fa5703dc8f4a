/**
 * Three cameras, each with a tower of its own, that join late: independent paths, where the order on the device counts
 * (Johnson 1954). The front camera sees more and computes longer; the towers' ends differ in size.
 *
 *   front ─ front1 ─ front2 ─ front3 ─ front4 ─ front.neck ┐
 *   left  ─ left1  ─ left2  ─ left3  ─ left.neck           ├ joined ─ body1 ─ body2 ─ body3 ─ steering
 *   right ─ right1 ─ right2 ─ right3 ─ right.neck          ┘
 */
import type { Blueprint } from './blueprint.js';
import { Drawing, type Value } from './drawing.js';

export function threeCameras(): Blueprint {
  const net = new Drawing('three-cameras');
  let x = net.concat('joined', [
    tower(net, 'front', 224, [24, 48, 64, 64], 24),
    tower(net, 'left', 112, [24, 48, 64], 12),
    tower(net, 'right', 112, [24, 32, 48], 8),
  ]);
  x = net.conv('body1', x, 256, { kernel: 3, pad: 1 });
  x = net.conv('body2', x, 256, { kernel: 3, pad: 1 });
  x = net.conv('body3', x, 384, { kernel: 3, stride: 2, pad: 1 });
  return net.finish(net.linear('steering', net.globalPool('pool', x), 10));
}

/** From a square image to `width` channels of 14×14. */
function tower(
  net: Drawing,
  name: string,
  size: number,
  stages: readonly number[],
  width: number,
): Value {
  let x = net.image(name, size);
  stages.forEach((channels, i) => {
    x = net.conv(`${name}${i + 1}`, x, channels, { kernel: 3, stride: 2, pad: 1 });
  });
  return net.conv(`${name}.neck`, x, width);
}
