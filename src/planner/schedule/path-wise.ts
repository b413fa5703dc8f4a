/**
 * `path-wise`: whole paths, one after the other, by Johnson's rule.
 *
 * On at most 12 independent paths each path is one job (device time, link time), the cut and the
 * encoding of every path are chosen jointly (joint-paths.ts), and the result is optimal when cloud
 * time is negligible. On more paths, and on other networks, the unbranched stretches of a candidate
 * cut are the paths, a heuristic: O(V log V) per cut.
 * Ties by place in the network. Deterministic.
 */

import { pathOrder } from '../order/path-order.js';
import { makespanMs } from '../simulator/simulate.js';
import { bestCut } from './best-cut.js';
import type { Answer, Strategy } from './contract.js';
import { independentPaths, jointPaths } from './joint-paths.js';

/** Plans a frame path by path. */
export const pathWise: Strategy = (frame, candidates) => {
  const best = bestCut(frame, candidates, pathOrder);
  const paths = independentPaths(frame);
  const decision = paths && jointPaths(frame, paths);
  if (!decision) return best;
  const joint: Answer = { kind: 'decided', decision };
  if (best.kind === 'infeasible') return joint;
  return makespanMs(frame, decision) <= makespanMs(frame, best.decision) ? joint : best;
};
