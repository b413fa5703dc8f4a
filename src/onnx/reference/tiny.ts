/** Two networks of some kilobytes, for tests: a chain, and a fork that joins and has a second output. */
import type { Blueprint } from './blueprint.js';
import { Drawing } from './drawing.js';

const POOL = { kernel: 2, stride: 2 };
const SAME = { kernel: 3, pad: 1 };

/** image ─ conv1 ─ pool1 ─ conv2 ─ pool2 ─ scores */
export function tinyChain(): Blueprint {
  const net = new Drawing('tiny-chain');
  let x = net.conv('conv1', net.image('image', 32), 8, SAME);
  x = net.conv('conv2', net.maxPool('pool1', x, POOL), 16, SAME);
  x = net.flatten('flat', net.maxPool('pool2', x, POOL));
  return net.finish(net.linear('scores', x, 10));
}

/**
 *   image ─ stem ┬ left1 ─ left2 ┐
 *                └ right ┬───────┴ joined ─ pool ─ scores
 *                        └ mask
 */
export function tinyFork(): Blueprint {
  const net = new Drawing('tiny-fork');
  const stem = net.conv('stem', net.image('image', 32), 8, { ...SAME, stride: 2 });
  const left = net.conv('left2', net.conv('left1', stem, 12, SAME), 8, SAME);
  const right = net.conv('right', stem, 8);
  const joined = net.concat('joined', [left, right]);
  const mask = net.conv('mask', right, 1, { activation: 'none' });
  return net.finish(net.linear('scores', net.globalPool('pool', joined), 10), mask);
}
