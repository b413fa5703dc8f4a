/** Replays: frames simulated over a bandwidth trace, under several policies. Pure. */
export {
  type ComparedPolicy,
  type ComparedReplay,
  type Comparison,
  compareAll,
  compared,
  policyNames,
} from './comparison.js';
export {
  chanceReplay,
  type DeadlineReplay,
  type DeadlineReplays,
  deadlineReplays,
} from './deadline.js';
export {
  localRow,
  type PolicyName,
  type ReplayCase,
  type Replayed,
  type ReplayedFrame,
  replay,
} from './replay.js';
export { rowsOf } from './rows.js';
export { type ReplaySummary, summaryOf } from './summary.js';
export { Trace, type TracePoint, withOutage } from './traces/trace.js';
export { type TraceRequest, traceOf, traceRequest } from './traces/trace-request.js';
export { type Uplink, uplinks, uplinkTrace } from './traces/uplinks.js';
