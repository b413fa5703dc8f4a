/**
 * The planner: which units run on the device, in which order, what is sent when.
 *
 * Pure arithmetic on plain values: no package, no clock, no chance.
 */
export { checkLink, checkNetwork, checkProblem, type ProblemFault } from './check-network.js';
export { plan } from './plan.js';
export type {
  Bar,
  Encoding,
  Lane,
  Link,
  Network,
  Objective,
  Outcome,
  Placement,
  Problem,
  Schedule,
  Unit,
  Upload,
} from './problem.js';
export { isStrategyName, type StrategyName, strategies } from './schedule/index.js';
export { type DecisionById, type Simulation, simulate } from './simulate.js';
