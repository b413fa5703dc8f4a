/**
 * `tree`: trees and all series-parallel networks.
 *
 * Orders each candidate cut by composite jobs (order/composite-order.ts), every tensor in the
 * encoding that costs least in a row. Optimal for a given cut and given encodings when cloud time is
 * negligible, O(V log V) per cut after the decomposition. A heuristic where tensors have several
 * encodings, because their choice and the order belong together, and on networks that are not
 * series-parallel.
 */
import { compositeOrder } from '../order/composite-order.js';
import { bestCut } from './best-cut.js';
import type { Strategy } from './contract.js';

/** Plans a frame by the best candidate cut under the order of Sidney and Monma. */
export const tree: Strategy = (frame, candidates) => bestCut(frame, candidates, compositeOrder);
