/**
 * All optimal plans of one network over all link rates, as a table a device can look up.
 *
 * The makespan of a fixed schedule is convex and piecewise linear in the time per byte, the best of
 * all is their lower envelope, and real networks have few pieces. Rates on a geometric grid are
 * solved; a row lasts while its plan is as good as the optimum, and where it ends the breakpoint is
 * bisected to 1 %. O(grid + rows · log) solves. Deterministic.
 */
import { candidatesOf, type Preparation, prepare } from './candidates.js';
import { type Decision, type Frame, frameOf, type Sending, sendingsOf } from './frame.js';
import { graphOf, type Node } from './graph.js';
import { type PlanTimes, planTimesOf } from './plan-times.js';
import type { Link, Network } from './problem.js';
import { auto } from './schedule/auto.js';
import { makespanMs } from './simulate.js';

/** A plan by places in the network's list of units, in device order. */
export interface PlacedPlan {
  readonly device: readonly number[];
  readonly uploads: readonly { readonly unit: number; readonly encoding: string }[];
}

/** A plan, the lowest rate it is best at, and its makespans there and where the next row starts. */
export interface PlanTableRow extends PlacedPlan {
  readonly fromMbps: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What the makespan at any rate comes from. */
  readonly times: PlanTimes;
}

/** Rows by rising rate, and how far the circumstances may drift before they mislead. */
export interface PlanTable {
  readonly v: 1;
  readonly toMbps: number;
  readonly rows: readonly PlanTableRow[];
  /** Factors on device and cloud times within which a plan looked up stays within 5 % of the best. */
  readonly validity: {
    readonly slowdown: readonly [number, number];
    readonly cloudLoad: readonly [number, number];
  };
}

/** Everything of a link but its rate. */
export type LinkTraits = Omit<Link, 'uplinkMbps'>;

const FROM_MBPS = 0.05;
const TO_MBPS = 1000;
/** Ratio of neighbouring rates on the grid, and at a breakpoint that is located well enough. */
const GRID_STEP = 1.25;
const FINE_STEP = 1.01;
/** Shares within which a plan counts as good as the best, and as still usable. */
const AS_GOOD = 1e-6;
const USABLE = 0.05;
/** Drifts tried, each direction until the first that fails. */
const SLOWDOWNS = { up: [1.25, 1.5, 2, 3, 4], down: [0.8, 0.65, 0.5] } as const;
const CLOUD_LOADS = [1.25, 1.5, 2, 3, 5, 10] as const;

/** The rows of a well-formed network's table alone: a tenth of the work. */
export function planRows(network: Network, traits: LinkTraits): PlanTableRow[] {
  return rowsOf(new Solver(network, traits));
}

/** Builds the table of a well-formed network. */
export function planTable(network: Network, traits: LinkTraits): PlanTable {
  const rows = planRows(network, traits);
  const isValid = (slowdown: number, load: number): boolean =>
    isUsable(new Solver(scaled(network, slowdown, load), traits), rows, slowdown);
  const validity = {
    slowdown: [
      lastBefore(SLOWDOWNS.down, (factor) => isValid(factor, 1)),
      lastBefore(SLOWDOWNS.up, (factor) => isValid(factor, 1)),
    ] as const,
    cloudLoad: [1, lastBefore(CLOUD_LOADS, (factor) => isValid(1, factor))] as const,
  };
  return { v: 1, toMbps: TO_MBPS, rows, validity };
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
    const answer = auto(frame, candidatesOf(frame, this.#preparation));
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

  #decisionOf(frame: Frame, { device, uploads }: PlacedPlan): Decision {
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

  #frame(uplinkMbps: number): Frame {
    return frameOf(this.#preparation.graph, { ...this.#traits, uplinkMbps });
  }
}

function placed({ device, sendings }: Decision): PlacedPlan {
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
    rows.push(rowOf(solver, start, after.mbps));
    start = after;
    goodMbps = after.mbps;
  }
  return [...rows, rowOf(solver, start, TO_MBPS)];
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

function rowOf(solver: Solver, { mbps, ms, plan }: Solved, toMbps: number): PlanTableRow {
  const toMs = round(solver.makespanMs(toMbps, plan));
  const times = solver.timesOf(plan);
  return { fromMbps: round(mbps), fromMs: round(ms), toMs, ...plan, times };
}

/** Whether rows looked up at rate · slow-down stay near the best of the drifted network. */
function isUsable(drifted: Solver, rows: readonly PlanTableRow[], slowdown: number): boolean {
  return rows.every((row, i) => {
    const toMbps = rows[i + 1]?.fromMbps ?? TO_MBPS;
    return [row.fromMbps, Math.sqrt(row.fromMbps * toMbps)].every((mbps) => {
      const best = drifted.solve(mbps / slowdown);
      return drifted.makespanMs(best.mbps, row) <= best.ms * (1 + USABLE);
    });
  });
}

function scaled({ units, edges }: Network, slowdown: number, load: number): Network {
  return {
    units: units.map((unit) => ({
      ...unit,
      deviceMs: unit.deviceMs * slowdown,
      cloudMs: unit.cloudMs * load,
    })),
    edges,
  };
}

/** The last factor before the first that fails; 1 where the first one does. */
function lastBefore(factors: readonly number[], holds: (factor: number) => boolean): number {
  const failed = factors.findIndex((factor) => !holds(factor));
  return (failed < 0 ? factors.at(-1) : factors[failed - 1]) ?? 1;
}

function round(value: number): number {
  return Number(value.toPrecision(7));
}
