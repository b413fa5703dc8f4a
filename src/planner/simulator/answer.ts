/** Puts decisions and executions into the words of the answer. */

import type { Decision, PricedFrame } from '../problem/priced-frame.js';
import type { Bar, Placement, Schedule } from '../problem/problem.js';
import type { Execution } from './execution.js';

/** The part of a schedule that says how good it is. */
export type Certificate = Pick<Schedule, 'optimal' | 'lowerBoundMs' | 'gap'>;

/** Two times within this share of each other are the same. */
const SAME = 1e-9;

/** Compares what was reached with what was proven. */
export function certify(reachedMs: number, boundMs: number): Certificate {
  const lowerBoundMs = Math.min(boundMs, reachedMs);
  return {
    optimal: reachedMs - lowerBoundMs <= SAME * Math.max(1, reachedMs),
    lowerBoundMs,
    gap: lowerBoundMs > 0 ? reachedMs / lowerBoundMs - 1 : 0,
  };
}

/** Bars of a single frame, without its number. */
export function timelineOf(bars: Execution['bars']): Bar[] {
  return bars.map(({ lane, id, startMs, endMs }) => ({ lane, id, startMs, endMs }));
}

/** The ids of a decision; the cloud's in the order the frame's bars start them. */
export function placementOf(
  { graph }: PricedFrame,
  { device, sendings }: Decision,
  bars: readonly Bar[],
): Placement {
  const onDevice = new Set(device);
  const startMs = new Map(
    bars.filter(({ lane }) => lane === 'cloud').map((bar) => [bar.id, bar.startMs]),
  );
  const inCloud = graph.nodes.filter((node) => !onDevice.has(node)).map(({ id }) => id);
  return {
    device: device.map((node) => node.id),
    uploads: device.flatMap((node) => {
      const sending = sendings.get(node);
      return sending ? [{ id: node.id, encoding: sending.encoding }] : [];
    }),
    cloud: inCloud.sort((a, b) => (startMs.get(a) ?? 0) - (startMs.get(b) ?? 0)),
  };
}
