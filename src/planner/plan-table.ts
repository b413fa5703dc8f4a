/**
 * The best plans found for one network over all link rates: the rows a device chooses among.
 *
 * The makespan of a fixed schedule is convex and piecewise linear in the time per byte, the best of
 * all is their lower envelope, and real networks have few pieces. Rates on a geometric grid are
 * solved; a row lasts while its plan is as good as the best found, and where it ends the breakpoint
 * is bisected to 1 %. Networks too large to list are searched briefly, so their rows are not proven.
 * O(grid + rows · log) solves. Deterministic.
 */
import { candidatesOf, type Preparation, prepare } from './cuts/candidates.js';
import { graphOf, type Node } from './problem/graph.js';
import {
  type Decision,
  type PricedFrame,
  pricedFrameOf,
  type Sending,
  sendingsOf,
} from './problem/priced-frame.js';
import type { Link, Network } from './problem/problem.js';
import { auto } from './schedule/auto.js';
import { type PlanTimes, planTimesOf } from './simulator/plan-times.js';
import { makespanMs } from './simulator/simulate.js';

/** A plan by places in the network's list of units, in device order. */
export interface PlacedPlan {
  readonly device: readonly number[];
  readonly uploads: readonly { readonly unit: number; readonly encoding: string }[];
}

/** A plan, and the lowest rate it is best at. */
export interface PlanTableRow extends PlacedPlan {
  readonly fromMbps: number;
  /** What the makespan at any rate comes from. */
  readonly times: PlanTimes;
}

/** Everything of a link but its rate. */
export type LinkTraits = Omit<Link, 'uplinkMbps'>;

const FROM_MBPS = 0.05;
const TO_MBPS = 1000;
/** Ratio of neighbouring rates on the grid, and at a breakpoint that is located well enough. */
const GRID_STEP = 1.25;
const FINE_STEP = 1.01;
/** Share within which a plan counts as good as the best. */
const AS_GOOD = 1e-6;

/** The rows of a well-formed network's plan table, by rising rate. */
export function planRows(network: Network, traits: LinkTraits): PlanTableRow[] {
  return rowsOf(new Solver(network, traits));
}

/** One solved rate. */
interface Solved {
  readonly mbps: number;
  readonly ms: number;
  readonly plan: PlacedPlan;
}

/** Solves and executes one network under links that differ in their rate alone. */
class Solver {
  readonly #preparation: Preparation;
  readonly #byPlace: ReadonlyMap<number, Node>;
  readonly #traits: LinkTraits;

  constructor(network: Network, traits: LinkTraits) {
    this.#preparation = prepare(graphOf(network));
    this.#byPlace = new Map(this.#preparation.graph.nodes.map((node) => [node.place, node]));
    this.#traits = traits;
  }

  solve(mbps: number): Solved {
    const frame = this.#frame(mbps);
    const answer = auto(frame, candidatesOf(frame, this.#preparation), 'brief');
    const decision: Decision =
      answer.kind === 'decided'
        ? answer.decision
        : { device: frame.graph.nodes, sendings: new Map() };
    return { mbps, ms: makespanMs(frame, decision), plan: placed(decision) };
  }

  makespanMs(mbps: number, plan: PlacedPlan): number {
    const frame = this.#frame(mbps);
    return makespanMs(frame, this.#decisionOf(frame, plan));
  }

  timesOf(plan: PlacedPlan): PlanTimes {
    const frame = this.#frame(TO_MBPS);
    return planTimesOf(frame.graph, this.#decisionOf(frame, plan));
  }

  #decisionOf(frame: PricedFrame, { device, uploads }: PlacedPlan): Decision {
    const sendings = new Map<Node, Sending>();
    for (const { unit, encoding } of uploads) {
      const node = this.#byPlace.get(unit);
      const sending = node && sendingsOf(frame, node).find((one) => one.encoding === encoding);
      if (node && sending) sendings.set(node, sending);
    }
    const nodes = device.flatMap((place) => this.#byPlace.get(place) ?? []);
    return { device: nodes, sendings };
  }

  isAsGood(plan: PlacedPlan, { mbps, ms }: Solved): boolean {
    return this.makespanMs(mbps, plan) <= ms * (1 + AS_GOOD);
  }

  #frame(uplinkMbps: number): PricedFrame {
    return pricedFrameOf(this.#preparation.graph, { ...this.#traits, uplinkMbps });
  }
}

/** A decision by places in the network's list of units. */
export function placed({ device, sendings }: Decision): PlacedPlan {
  return {
    device: device.map((node) => node.place),
    uploads: device.flatMap((node) => {
      const sending = sendings.get(node);
      return sending ? [{ unit: node.place, encoding: sending.encoding }] : [];
    }),
  };
}

function rowsOf(solver: Solver): PlanTableRow[] {
  const rows: PlanTableRow[] = [];
  let start = solver.solve(FROM_MBPS);
  let goodMbps = FROM_MBPS;
  while (goodMbps < TO_MBPS) {
    const next = solver.solve(Math.min(TO_MBPS, goodMbps * GRID_STEP));
    if (solver.isAsGood(start.plan, next)) {
      goodMbps = next.mbps;
      continue;
    }
    const after = breakpoint(solver, start, goodMbps, next);
    rows.push(rowOf(solver, start));
    start = after;
    goodMbps = after.mbps;
  }
  return [...rows, rowOf(solver, start)];
}

/** The first solved rate, to 1 %, at which the row's plan is no longer as good as the best. */
function breakpoint(solver: Solver, start: Solved, goodMbps: number, bad: Solved): Solved {
  let [lowMbps, high] = [goodMbps, bad];
  while (high.mbps > lowMbps * FINE_STEP) {
    const middle = solver.solve(Math.sqrt(lowMbps * high.mbps));
    if (solver.isAsGood(start.plan, middle)) lowMbps = middle.mbps;
    else high = middle;
  }
  return high;
}

function rowOf(solver: Solver, { mbps, plan }: Solved): PlanTableRow {
  return { fromMbps: round(mbps), ...plan, times: solver.timesOf(plan) };
}

function round(value: number): number {
  return Number(value.toPrecision(7));
}
