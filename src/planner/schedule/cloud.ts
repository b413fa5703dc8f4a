/**
 * `cloud`: the device sends its inputs and computes nothing. The baseline without a partition.
 *
 * O(V + E) beside sorting the inputs; infeasible where an input may not leave the device.
 */
import { extremeSet } from '../problem/device-sets.js';
import { decided, type Strategy } from './contract.js';
import { kahnOrder } from './topological.js';

/** Plans a frame of which the device computes nothing. */
export const cloud: Strategy = (frame) =>
  decided(frame, extremeSet(frame.graph, 'inputs'), kahnOrder);
