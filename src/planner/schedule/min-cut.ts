/**
 * `min-cut`: the best partition as if nothing overlapped, then a topological order. The baseline
 * of partition without scheduling (Neurosurgeon on chains; DADS and QDMP on graphs).
 *
 * Optimal when device, link and cloud never work at the same time. Ties: see partition.ts.
 */
import { leastSerialSet } from '../cuts/candidates.js';
import { decided, type Strategy } from './contract.js';
import { kahnOrder } from './topological.js';

/** Plans a frame by its least serial cut. */
export const minCut: Strategy = (frame) => decided(frame, leastSerialSet(frame), kahnOrder);
