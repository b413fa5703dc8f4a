/**
 * Plans devices together that share uplinks and one cloud: fair rates first, then the least latency
 * at these rates, and what the time of the shared machines is worth.
 */
import { type Graph, graphOf } from '../../problem/graph.js';
import { pricedFrameOf } from '../../problem/priced-frame.js';
import type { Network } from '../../problem/problem.js';
import { placementOf } from '../../simulator/answer.js';
import { execute } from '../../simulator/execution.js';
import { inBestOrder } from '../paced/one-cut.js';
import { checkShared } from './check-shared.js';
import { type FairRates, fairRates } from './fair-rates.js';
import { Member, meanPoint, type Point } from './member.js';
import type { SharedCut } from './priced-cut.js';
import type {
  SharedAnswer,
  SharedCutAnswer,
  SharedDeviceAnswer,
  SharedOutcome,
  SharedProblem,
} from './shared-problem.js';
import { SharedProgram } from './shared-program.js';

/** Labels for the order of one cut. */
const LABELS = 2_000;
/** Cuts that fewer frames follow are rounding. */
const LEAST_WEIGHT = 1e-9;
const SAME = 1e-9;

/** Plans all devices; a malformed question is an infeasible outcome. */
export function planShared(problem: SharedProblem): SharedOutcome {
  const fault = checkShared(problem);
  if (fault) return { kind: 'infeasible', because: `${fault.field}: ${fault.fault}` };
  const members = membersOf(problem);
  const rows = problem.uplinks.length + 1;
  const rates = fairRates(members, rows);
  const program = new SharedProgram(members, rates.intervalsMs, rows);
  program.reduceExcess();
  const { cost, bound, prices } = program.reduceCost();
  const frames = rates.intervalsMs.reduce((sum, ms) => sum + 1 / ms, 0);
  const points = program.shares().map(mergedPoint);
  const [serialMs, lowerBoundMs] = [cost / frames, Math.min(bound, cost) / frames];
  return {
    kind: 'feasible',
    answer: {
      fits: rates.slowdown <= 1 + SAME,
      slowdown: rates.slowdown,
      slowdownBound: rates.bound,
      serialMs,
      lowerBoundMs,
      gap: lowerBoundMs > 0 ? serialMs / lowerBoundMs - 1 : 0,
      devices: members.map((member, i) => deviceAnswer(problem, member, points[i], rates, i)),
      ...machineAnswers(problem, members, points, rates, prices),
    },
  };
}

/** Devices with their links: none is quicker than the uplink that it is a part of. */
function membersOf({ devices, uplinks, workers = 1, slack = 0 }: SharedProblem): Member[] {
  const graphs = new Map<Network, Graph>();
  return devices.map(({ network, link, intervalMs, uplink: name }) => {
    const graph = graphs.get(network) ?? graphOf(network);
    graphs.set(network, graph);
    const row = uplinks.findIndex((one) => one.name === name);
    const uplinkMbps = Math.min(link.uplinkMbps, uplinks[row]?.mbps ?? Infinity);
    const uplink = uplinks[row] && { row, msPerByte: 8 / (1000 * uplinks[row].mbps) };
    const site = { workers, usable: 1 - slack, uplink, cloudRow: uplinks.length };
    return new Member(pricedFrameOf(graph, { ...link, uplinkMbps }), intervalMs, site);
  });
}

/** The cuts of several mixes as one mix, the commonest first. */
function mergedPoint(shares: readonly { readonly point: Point; readonly weight: number }[]): Point {
  const weights = new Map<SharedCut, number>();
  for (const { point, weight } of shares) {
    for (const { cut, weight: inner } of point.cuts) {
      weights.set(cut, (weights.get(cut) ?? 0) + weight * inner);
    }
  }
  const used = [...weights].filter(([, weight]) => weight > LEAST_WEIGHT);
  const whole = used.reduce((sum, [, weight]) => sum + weight, 0);
  const cuts = used.map(([cut, weight]) => ({ cut, weight: weight / whole }));
  return meanPoint(cuts.sort((a, b) => b.weight - a.weight));
}

function deviceAnswer(
  { devices }: SharedProblem,
  { frame, aloneMs, site }: Member,
  point: Point | undefined,
  { intervalsMs }: FairRates,
  i: number,
): SharedDeviceAnswer {
  const { name = '', intervalMs = 0 } = devices[i] ?? {};
  const plannedIntervalMs = intervalsMs[i] ?? Infinity;
  const mix = (point?.cuts ?? []).map(({ cut, weight }): SharedCutAnswer => {
    const decision = inBestOrder(frame, cut, LABELS);
    const { bars, doneMs } = execute(frame, [{ decision, releaseMs: 0 }]);
    return { weight, ...placementOf(frame, decision, bars), aloneMs: doneMs[0] ?? 0 };
  });
  return {
    name,
    intervalMs,
    aloneIntervalMs: aloneMs,
    plannedIntervalMs,
    slowdown: plannedIntervalMs / aloneMs,
    latencyMs: mix.reduce((sum, cut) => sum + cut.weight * cut.aloneMs, 0),
    loadsMs: {
      device: point?.deviceMs ?? 0,
      link: point?.linkMs ?? 0,
      uplink: (point?.bytes ?? 0) * (site.uplink?.msPerByte ?? 0),
      cloud: point?.cloudMs ?? 0,
    },
    mix,
  };
}

/** Loads of the shared machines, and the prices of the rows for each ms of their time. */
function machineAnswers(
  { uplinks, workers = 1, slack = 0 }: SharedProblem,
  members: readonly Member[],
  points: readonly Point[],
  { intervalsMs }: FairRates,
  prices: readonly number[],
): Pick<SharedAnswer, 'uplinks' | 'cloud'> {
  const usable = 1 - slack;
  const shares = prices.map(() => 0);
  for (const [i, member] of members.entries()) {
    const point = points[i];
    if (!point) continue;
    const own = member.loadsAt(point, intervalsMs[i] ?? Infinity, shares.length);
    for (const [row, share] of own.entries()) shares[row] = (shares[row] ?? 0) + share;
  }
  const loadOf = (row: number): number => (shares[row] ?? 0) * usable;
  const cloudRow = uplinks.length;
  return {
    uplinks: uplinks.map(({ name, mbps }, row) => {
      const price = (prices[row] ?? 0) / usable;
      return { name, load: loadOf(row), price, bytesPrice: (8 * price) / mbps };
    }),
    cloud: { load: loadOf(cloudRow), price: (prices[cloudRow] ?? 0) / (usable * workers) },
  };
}
