/**
 * The planner: which units run on the device, in which order, what is sent when.
 *
 * Pure arithmetic on plain values: no package, no clock, no chance.
 */

export type { Preparation } from './cuts/candidates.js';
export { planShared } from './objectives/shared/shared-plan.js';
export type {
  MachineAnswer,
  SharedAnswer,
  SharedCutAnswer,
  SharedDevice,
  SharedDeviceAnswer,
  SharedOutcome,
  SharedProblem,
  SharedUplink,
  UplinkAnswer,
} from './objectives/shared/shared-problem.js';
export { type LinkTraits, type PlanTableRow, planRows } from './plan-table.js';
export {
  checkLink,
  checkNetwork,
  checkProblem,
  type ProblemFault,
} from './problem/check-problem.js';
export type {
  Bar,
  BytesAnswer,
  Circumstances,
  Encoding,
  Front,
  FrontPoint,
  Lane,
  Limits,
  Link,
  Network,
  Objective,
  Outcome,
  PacedAnswer,
  Placement,
  Problem,
  Schedule,
  Slacks,
  StreamAnswer,
  StreamExecution,
  Unit,
  Upload,
  WeightedPlacement,
} from './problem/problem.js';
export { isStrategyName, type StrategyName, strategies } from './schedule/index.js';
export type { PlanTimes } from './simulator/plan-times.js';
export { type DecisionById, type Simulation, simulate, timesOf } from './simulator/simulate.js';
export { frontOf, planPrepared, prepareNetwork, solve } from './solve.js';
export { cutPool, type PooledPlan } from './table/cut-pool.js';
export { type RowAims, rowsWithin } from './table/rows-within.js';
