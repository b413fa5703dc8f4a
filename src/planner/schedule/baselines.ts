/** The strategies that others are compared with: no network, no partition, no scheduling. */
import { leastSerialSet } from '../cuts/candidates.js';
import { kahnOrder } from '../order/kahn-order.js';
import { extremeSet } from '../problem/device-sets.js';
import { decided, type Strategy } from './contract.js';

/** `local`: everything on the device, in topological order. O(V + E), always feasible. */
export const local: Strategy = (frame) => decided(frame, extremeSet(frame.graph, 'all'), kahnOrder);

/**
 * `cloud`: the device sends its inputs and computes nothing.
 *
 * O(V + E) besides sorting the inputs; infeasible where an input must not leave the device.
 */
export const cloud: Strategy = (frame) =>
  decided(frame, extremeSet(frame.graph, 'inputs'), kahnOrder);

/**
 * `min-cut`: the best partition as if nothing overlapped, then a topological order: partition
 * without scheduling (Neurosurgeon on chains; DADS and QDMP on graphs).
 *
 * Optimal when device, link and cloud never work at the same time. Ties: see cuts/cheapest-set.ts.
 */
export const minCut: Strategy = (frame) => decided(frame, leastSerialSet(frame), kahnOrder);
