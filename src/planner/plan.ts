/**
 * From a question to the planner's answer: check, prepare, decide, simulate, certify.
 */
import { candidatesOf, prepare } from './candidates.js';
import { checkProblem } from './check-network.js';
import { execute } from './execution.js';
import { type Decision, type Frame, frameOf } from './frame.js';
import { graphOf } from './graph.js';
import type { Outcome, Placement, Problem, Schedule } from './problem.js';
import { type StrategyName, strategies } from './schedule/index.js';
import { timelineOf } from './simulate.js';

/** Two times within this are the same. */
const SAME_MS = 1e-9;

/** Plans a problem; malformed problems and impossible wishes are infeasible outcomes. */
export function plan(problem: Problem, strategy: StrategyName = 'auto'): Outcome {
  const fault = checkProblem(problem);
  if (fault) return { kind: 'infeasible', because: `${fault.field}: ${fault.fault}` };
  const objective = problem.objective ?? 'frame';
  if (objective !== 'frame') {
    return { kind: 'infeasible', because: `${strategy} does not plan the objective ${objective}` };
  }
  const preparation = prepare(graphOf(problem.network));
  const frame = frameOf(preparation.graph, problem.link);
  const candidates = candidatesOf(frame, preparation);
  const answer = strategies[strategy](frame, candidates);
  if (answer.kind === 'infeasible') return answer;
  const boundMs = Math.max(candidates.boundMs, answer.lowerBoundMs ?? 0);
  return { kind: 'feasible', schedule: certify(frame, answer.decision, strategy, boundMs) };
}

function certify(
  frame: Frame,
  decision: Decision,
  strategy: StrategyName,
  boundMs: number,
): Schedule {
  const { bars, doneMs } = execute(frame, [{ decision, releaseMs: 0 }]);
  const makespanMs = Math.max(...doneMs);
  const lowerBoundMs = Math.min(boundMs, makespanMs);
  const timeline = timelineOf(bars);
  return {
    strategy,
    objective: 'frame',
    optimal: makespanMs - lowerBoundMs <= SAME_MS * Math.max(1, makespanMs),
    makespanMs,
    lowerBoundMs,
    gap: lowerBoundMs > 0 ? makespanMs / lowerBoundMs - 1 : 0,
    ...placementOf(frame, decision, timeline),
    timeline,
  };
}

/** The ids of a decision; the cloud's in the order the timeline starts them. */
function placementOf(
  { graph }: Frame,
  { device, sendings }: Decision,
  timeline: Schedule['timeline'],
): Placement {
  const onDevice = new Set(device.map((node) => node.id));
  const inCloud = graph.nodes.filter((node) => !onDevice.has(node.id));
  const startMs = new Map(
    timeline.filter((bar) => bar.lane === 'cloud').map((bar) => [bar.id, bar.startMs]),
  );
  return {
    device: device.map((node) => node.id),
    uploads: device.flatMap((node) => {
      const sending = sendings.get(node);
      return sending ? [{ id: node.id, encoding: sending.encoding }] : [];
    }),
    cloud: inCloud
      .toSorted((a, b) => (startMs.get(a.id) ?? 0) - (startMs.get(b.id) ?? 0))
      .map((node) => node.id),
  };
}
