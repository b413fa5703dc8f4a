/** What frames would have cost over a bandwidth trace, under one policy or another. Pure. */
export { clairvoyant, patientClairvoyant } from './clairvoyant.js';
export { Random } from './random.js';
export {
  localRow,
  type PolicyName,
  type Replayed,
  type ReplayCase,
  type ReplayedFrame,
  replay,
} from './replay.js';
export { type ReplaySummary, summaryOf } from './summary.js';
export { Trace, type TracePoint, withOutage } from './trace.js';
export { type Uplink, uplinks, uplinkTrace } from './uplinks.js';
