/**
 * The simulator: turns a decision given by ids into a timeline, after checking that it may be run.
 *
 * The planner reports no time that did not come from here, and callers can replay any schedule.
 */

import { greatest } from '../algorithms/extremes.js';
import { graphOf, type Node } from '../problem/graph.js';
import {
  type Decision,
  type PricedFrame,
  pricedFrameOf,
  type Sending,
  sendingsOf,
} from '../problem/priced-frame.js';
import type { Bar, Problem, Upload } from '../problem/problem.js';
import { timelineOf } from './answer.js';
import { execute } from './execution.js';
import { type PlanTimes, planTimesOf } from './plan-times.js';

/** A device order and the encodings of what is sent; the order of `uploads` does not matter. */
export interface DecisionById {
  readonly device: readonly string[];
  readonly uploads: readonly Upload[];
}

/** What a decision leads to, or why it cannot be run. */
export type Simulation =
  | { readonly kind: 'ran'; readonly makespanMs: number; readonly timeline: readonly Bar[] }
  | { readonly kind: 'refused'; readonly because: string };

/** Runs one frame of a well-formed problem by the given decision. */
export function simulate(problem: Problem, decision: DecisionById): Simulation {
  const frame = pricedFrameOf(graphOf(problem.network), problem.link);
  const resolved = resolve(frame, decision);
  if (typeof resolved === 'string') return { kind: 'refused', because: resolved };
  const { bars, doneMs } = execute(frame, [{ decision: resolved, releaseMs: 0 }]);
  return { kind: 'ran', makespanMs: greatest(doneMs), timeline: timelineOf(bars) };
}

/** What a decision takes, link apart; undefined when it cannot be run. */
export function timesOf({ network, link }: Problem, decision: DecisionById): PlanTimes | undefined {
  const frame = pricedFrameOf(graphOf(network), link);
  const resolved = resolve(frame, decision);
  return typeof resolved === 'string' ? undefined : planTimesOf(frame.graph, resolved);
}

/** Makespan of one decided frame. */
export function makespanMs(frame: PricedFrame, decision: Decision): number {
  return execute(frame, [{ decision, releaseMs: 0 }]).doneMs[0] ?? 0;
}

/** The decision with these ids, or why it cannot be run. */
export function resolve(frame: PricedFrame, decision: DecisionById): Decision | string {
  const byId = new Map(frame.graph.nodes.map((node) => [node.id, node]));
  const device: Node[] = [];
  const done = new Set<Node>();
  for (const id of decision.device) {
    const node = byId.get(id);
    if (!node) return `the network has no unit ${id}`;
    if (done.has(node)) return `${id} runs twice`;
    const missing = node.predecessors.find((before) => !done.has(before));
    if (missing) return `${id} runs before ${missing.id}, which it needs`;
    done.add(node);
    device.push(node);
  }
  const absent = frame.graph.nodes.find((node) => node.isInput && !done.has(node));
  if (absent) return `input ${absent.id} is not on the device`;
  const sendings = resolveUploads(frame, decision.uploads, device, done);
  return typeof sendings === 'string' ? sendings : { device, sendings };
}

function resolveUploads(
  frame: PricedFrame,
  uploads: readonly Upload[],
  device: readonly Node[],
  done: ReadonlySet<Node>,
): ReadonlyMap<Node, Sending> | string {
  const encodings = new Map(uploads.map(({ id, encoding }) => [id, encoding]));
  const sendings = new Map<Node, Sending>();
  for (const node of device) {
    if (node.successors.every((reader) => done.has(reader))) continue;
    const encoding = encodings.get(node.id);
    if (encoding === undefined) return `${node.id} is read in the cloud but not sent`;
    const sending = sendingsOf(frame, node).find((one) => one.encoding === encoding);
    if (!sending) return `${node.id} must not be sent as ${encoding}`;
    encodings.delete(node.id);
    sendings.set(node, sending);
  }
  const [superfluous] = encodings.keys();
  return superfluous === undefined ? sendings : `${superfluous} is sent but not read in the cloud`;
}
