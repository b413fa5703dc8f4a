/**
 * `topological`: any network, any cut; units in topological order (Kahn 1962), and among the ready
 * ones by Johnson's rule on (device time, link time).
 *
 * A heuristic, O((V + E) log V) per cut. Ties by place in the network. Deterministic.
 */
import { kahnOrder } from '../order/kahn-order.js';
import { bestCut } from './best-cut.js';
import type { Strategy } from './contract.js';

/** Plans a frame by the best candidate cut under Kahn's order with Johnson's priority. */
export const topological: Strategy = (frame, candidates) => bestCut(frame, candidates, kahnOrder);
