/**
 * `local`: everything on the device, in topological order. The baseline without a network.
 *
 * O(V + E), deterministic, always feasible.
 */
import { extremeSet } from '../problem/device-sets.js';
import { decided, type Strategy } from './contract.js';
import { kahnOrder } from './topological.js';

/** Plans a frame that never leaves the device. */
export const local: Strategy = (frame) => decided(frame, extremeSet(frame.graph, 'all'), kahnOrder);
