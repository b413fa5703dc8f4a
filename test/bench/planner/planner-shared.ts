/**
 * `npm run bench -- shared`: devices behind one uplink and one cloud, each planned for itself against
 * all planned together, in simulation; and how long planning takes.
 */
import {
  type DecisionById,
  type Link,
  type Network,
  type PlanTimes,
  type Problem,
  planShared,
  type SharedDevice,
  solve,
  timesOf,
} from '../../../src/planner/index.js';
import { TRAITS } from '../../support/planner/best-known.js';
import { type FrozenInstance, instances } from '../../support/planner/instances.js';
import type { BenchOptions } from '../bench-options.js';
import { quantile, table, timed } from '../measure.js';
import { type SimulatedFrame, simulateSite } from './shared-simulation.js';

const COUNTS = [2, 4, 8, 16] as const;
const SITE_RATES = [5.85, 18.88, 100] as const;
const WORKERS = [1, 4] as const;
/** Rate of every device's own link. */
const OWN_MBPS = 54;
const SLACK = 0.1;
/** Share of its highest rate alone at which frames of a device come. */
const ASKED = 0.5;
/** A frame is in time within this many times the latency of a frame alone. */
const IN_TIME = 2;
/** Intervals of the slowest device that are simulated, and the share of them that fills the site. */
const INTERVALS = 100;
const WARM_UP = 0.2;
const MANY = [16, 100, 300] as const;

/** A device as all policies see it. */
interface Camera {
  readonly name: string;
  readonly network: Network;
  readonly link: Link;
  readonly intervalMs: number;
  /** Latency of its best frame, alone at the site. */
  readonly aloneMs: number;
}

/** How a device serves its frames. */
interface Service {
  readonly intervalMs: number;
  readonly timesOf: (frame: number) => PlanTimes;
}

type Policy = (cameras: readonly Camera[], mbps: number, workers: number) => Service[];

const POLICIES: Readonly<Record<string, Policy>> = {
  'for itself': (cameras, _, workers) =>
    cameras.map((camera) => paced(camera, camera.link, workers, 1)),
  'at an even share': (cameras, mbps, workers) =>
    cameras.map((camera) => {
      const uplinkMbps = Math.min(camera.link.uplinkMbps, mbps / cameras.length);
      const crowd = Math.max(1, cameras.length / workers);
      return paced(camera, { ...camera.link, uplinkMbps }, 1, crowd);
    }),
  together,
};

/** Prints all tables. */
export function shared({ isShort }: BenchOptions): void {
  const all = instances();
  const networks = all.filter(({ name }) => !/^(file|tiny)-/.test(name));
  const counts = isShort ? COUNTS.slice(0, 2) : COUNTS;
  console.log(`\n${policies(networks, counts, isShort ? 20 : INTERVALS)}`);
  console.log(`\n${planningTimes(networks, isShort ? MANY.slice(0, 1) : MANY)}`);
}

/** One row for each site: how each policy serves its devices. */
function policies(
  networks: readonly FrozenInstance[],
  counts: readonly number[],
  intervals: number,
): string {
  const names = Object.keys(POLICIES);
  const rows = counts.flatMap((count) =>
    SITE_RATES.flatMap((mbps) =>
      WORKERS.map((workers) => {
        const cameras = camerasOf(networks, count, mbps, workers);
        const cells = names.map((name) => cellOf(name, cameras, { mbps, workers, intervals }));
        return [count, mbps, workers, ...cells, plannedRate(cameras, mbps, workers)];
      }),
    ),
  );
  return table(['devices', 'Mbps', 'workers', ...names, 'planned'], rows);
}

function camerasOf(
  networks: readonly FrozenInstance[],
  count: number,
  mbps: number,
  workers: number,
): Camera[] {
  return Array.from({ length: count }, (_, i) => {
    const { name, network } = networks[i % networks.length] ?? { name: '', network: NO_NETWORK };
    const link = { ...TRAITS, uplinkMbps: Math.min(OWN_MBPS, mbps) };
    const { stream } = schedule({ network, link, objective: 'stream', workers });
    const { makespanMs } = schedule({ network, link });
    const periodMs = (stream?.periodMs ?? 0) / (1 - SLACK);
    return {
      name: `${name} ${i}`,
      network,
      link,
      intervalMs: periodMs / ASKED,
      aloneMs: makespanMs,
    };
  });
}

const NO_NETWORK: Network = { units: [], edges: [] };

function schedule(problem: Problem) {
  const outcome = solve(problem);
  if (outcome.kind === 'infeasible') throw new Error(outcome.because);
  return outcome.schedule;
}

/** A device's own plan for a link, with cloud times as they are in a crowd. */
function paced(
  { network, intervalMs }: Camera,
  link: Link,
  workers: number,
  crowd: number,
): Service {
  const units = network.units.map((unit) => ({ ...unit, cloudMs: crowd * unit.cloudMs }));
  const problem = { network: { ...network, units }, link, intervalMs, workers, slack: SLACK };
  const { paced: answer } = schedule({ ...problem, objective: 'paced' });
  if (!answer) throw new Error('no plan');
  const { cuts, pattern } = answer.executed;
  const times = cuts.map((cut) => cutTimes({ network, link }, cut));
  return {
    intervalMs: Math.max(intervalMs, answer.sustainedMs),
    timesOf: (frame) => times[pattern[frame % pattern.length] ?? 0] ?? NO_TIMES,
  };
}

/** All devices planned together; the cut furthest behind its share serves the next frame. */
function together(cameras: readonly Camera[], mbps: number, workers: number): Service[] {
  const outcome = planShared({ ...question(cameras, mbps), workers });
  if (outcome.kind === 'infeasible') throw new Error(outcome.because);
  return outcome.answer.devices.map(({ plannedIntervalMs, mix }, i) => {
    const { network, link } = cameras[i] ?? {
      network: NO_NETWORK,
      link: { ...TRAITS, uplinkMbps: 1 },
    };
    const times = mix.map((cut) => cutTimes({ network, link }, cut));
    const taken = mix.map(() => 0);
    return {
      intervalMs: plannedIntervalMs,
      timesOf: (frame) => {
        const behind = mix.map(({ weight }, cut) => weight * (frame + 1) - (taken[cut] ?? 0));
        const next = behind.indexOf(Math.max(...behind));
        taken[next] = (taken[next] ?? 0) + 1;
        return times[next] ?? NO_TIMES;
      },
    };
  });
}

function question(cameras: readonly Camera[], mbps: number) {
  const devices = cameras.map(
    ({ name, network, link, intervalMs }): SharedDevice => ({
      ...{ name, network, link, intervalMs, uplink: 'site' },
    }),
  );
  return { devices, uplinks: [{ name: 'site', mbps }], slack: SLACK };
}

const NO_TIMES: PlanTimes = { deviceMs: 0, ownMs: 0, uploads: [] };

function cutTimes(problem: Problem, cut: DecisionById): PlanTimes {
  const times = timesOf(problem, cut);
  if (!times) throw new Error('a plan that cannot be run');
  return times;
}

/** p50 / p95 of latency as a multiple of a frame alone, the worst device's share of its rate, frames in time. */
function cellOf(
  policy: string,
  cameras: readonly Camera[],
  site: { readonly mbps: number; readonly workers: number; readonly intervals: number },
): string {
  const { mbps, workers, intervals } = site;
  const services = POLICIES[policy]?.(cameras, mbps, workers) ?? [];
  const slowestMs = Math.max(...cameras.map(({ intervalMs }) => intervalMs));
  const endMs = intervals * slowestMs;
  const devices = services.map((service, i) => ({
    ...service,
    link: { ...TRAITS, uplinkMbps: OWN_MBPS },
    firstMs: (i * service.intervalMs) / services.length,
  }));
  const ended = simulateSite({ devices, uplinkMbps: mbps, workers, endMs, seed: 1 });
  const startMs = WARM_UP * endMs;
  const isMeasured = ({ releaseMs }: SimulatedFrame): boolean => releaseMs >= startMs;
  const measured = ended.map((frames) => frames.filter(isMeasured));
  const multiples = cameras.flatMap(({ aloneMs }, i) =>
    (measured[i] ?? []).map(({ latencyMs }) => latencyMs / aloneMs),
  );
  const askedOf = ({ intervalMs }: Camera): number => (endMs - startMs) / intervalMs;
  const rates = cameras.map((camera, i) => (measured[i]?.length ?? 0) / askedOf(camera));
  const inTime = cameras.map((camera, i) => {
    const good = (measured[i] ?? []).filter(
      ({ latencyMs }) => latencyMs <= IN_TIME * camera.aloneMs,
    );
    return Math.min(1, good.length / askedOf(camera));
  });
  const mean = inTime.reduce((sum, share) => sum + share, 0) / inTime.length;
  const [p50, p95] = [quantile(multiples, 0.5), quantile(multiples, 0.95)];
  const worst = (100 * Math.min(...rates)).toFixed(0);
  return `${p50.toFixed(2)} / ${p95.toFixed(2)}, ${worst} %, ${(100 * mean).toFixed(0)} %`;
}

/** The share of its rate that the plan for all gives the worst device. */
function plannedRate(cameras: readonly Camera[], mbps: number, workers: number): string {
  const services = together(cameras, mbps, workers);
  const rates = services.map(({ intervalMs }, i) => (cameras[i]?.intervalMs ?? 0) / intervalMs);
  return `${(100 * Math.min(...rates)).toFixed(0)} %`;
}

/** What planning together takes, and how far it is proven. */
function planningTimes(networks: readonly FrozenInstance[], counts: readonly number[]): string {
  const rows = counts.map((count) => {
    const mbps = 5 * count;
    const cameras = camerasOf(networks, count, mbps, 4);
    const { run, value } = timed(() => planShared({ ...question(cameras, mbps), workers: 4 }));
    if (value.kind === 'infeasible') throw new Error(value.because);
    const { slowdown, slowdownBound, gap } = value.answer;
    return [
      count,
      run.wallMs.toFixed(0),
      run.cpuMs.toFixed(0),
      slowdown.toFixed(2),
      (slowdown / slowdownBound - 1).toExponential(0),
      gap.toExponential(0),
    ];
  });
  return table(
    [
      'devices planned together',
      'ms',
      'CPU ms',
      'slowdown',
      'above its bound',
      'latency above its bound',
    ],
    rows,
  );
}
