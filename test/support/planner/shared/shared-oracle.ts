/**
 * The oracle for devices that share machines: every cut with every choice of encodings of every
 * device in one dense linear program, as docs/planner.md defines. Written apart from the planner, for
 * a few devices of a few units.
 */
import type { SharedDevice, SharedProblem } from '../../../../src/planner/index.js';
import { choices, cutOf, deviceSets, type Sent } from '../exhaustive.js';
import { maximised } from './dense-program.js';

/** What a frame of one cut asks of every machine. */
export interface OracleLoads {
  readonly deviceMs: number;
  readonly linkMs: number;
  readonly bytes: number;
  readonly cloudMs: number;
  readonly serialMs: number;
}

/** How much more than their capacity rows of the oracle have, so that rounding excludes no answer. */
const ROOM = 1 + 1e-9;

/** Time of a byte on the shared uplink of a device; undefined where it has none. */
export function msPerByte({ uplinks }: SharedProblem, { uplink }: SharedDevice) {
  const shared = uplinks.find(({ name }) => name === uplink);
  return shared && 8 / (1000 * shared.mbps);
}

/** Loads of a device set with its encodings. */
export function loadsOf(
  problem: SharedProblem,
  device: SharedDevice,
  set: ReadonlySet<string>,
  sent: readonly Sent[],
): OracleLoads {
  const { network, link } = device;
  const own = 8 / (1000 * link.uplinkMbps);
  const perByteMs = Math.max(own, msPerByte(problem, device) ?? 0);
  let [deviceMs, linkMs, bytes, cloudMs] = [0, 0, 0, 0];
  for (const unit of network.units) {
    if (set.has(unit.id)) deviceMs += unit.deviceMs;
    else cloudMs += unit.cloudMs;
  }
  for (const { encoding } of sent) {
    deviceMs += encoding.encodeMs;
    linkMs += link.perTensorMs + encoding.bytes * perByteMs;
    bytes += encoding.bytes;
    cloudMs += encoding.decodeMs;
  }
  const backMs = link.latencyMs + (8 * link.resultBytes) / (1000 * link.downlinkMbps);
  const wayMs = set.size < network.units.length ? link.latencyMs + backMs : 0;
  const serialMs = deviceMs + linkMs + cloudMs + wayMs;
  return { deviceMs, linkMs, bytes, cloudMs, serialMs };
}

/** By device: loads of all its cuts. */
export function allLoads(problem: SharedProblem): OracleLoads[][] {
  return problem.devices.map((device) =>
    [...deviceSets(device.network)].flatMap((set) =>
      [...choices(cutOf(device.network, set))].map((sent) => loadsOf(problem, device, set, sent)),
    ),
  );
}

/** The programs of one problem. Variables are, by device and cut, frames for each interval that the device can have alone. */
export class SharedOracle {
  readonly #problem: SharedProblem;
  readonly #cuts: readonly (readonly OracleLoads[])[];
  readonly #usable: number;
  readonly #workers: number;
  /** The shortest intervals that the devices can have alone. */
  readonly aloneMs: readonly number[];

  constructor(problem: SharedProblem) {
    this.#problem = problem;
    this.#cuts = allLoads(problem);
    this.#usable = 1 - (problem.slack ?? 0);
    this.#workers = problem.workers ?? 1;
    this.aloneMs = problem.devices.map(({ intervalMs }, i) =>
      Math.max(intervalMs, this.#leastAloneMs(this.#cuts[i] ?? [])),
    );
  }

  /** The largest share of its own rate that all devices can have alike. */
  mostCommonShare(): number {
    const { rows, limits, count } = this.#machines();
    const common = this.#cuts.map((_, i) => [...this.#counting(i, count, -1), 1]);
    const whole = [...Array.from({ length: count }, () => 0), 1];
    const solved = maximised(
      whole,
      [...rows, ...common, whole],
      [...limits, ...common.map(() => 0), 1],
    );
    return solved?.value ?? Number.NaN;
  }

  /** The largest share of one device where others have at least the given shares. */
  mostShare(device: number, least: readonly number[]): number {
    const { rows, limits, count } = this.#machines();
    const floors = this.#cuts.map((_, i) => this.#counting(i, count, -1));
    const goal = this.#counting(device, count, 1);
    const solved = maximised(
      goal,
      [...rows, ...floors, goal],
      [...limits, ...least.map((share) => 0 - share), 1],
    );
    return solved?.value ?? Number.NaN;
  }

  /** Least mean serial time of all frames at these intervals; undefined where they are not possible. */
  leastSerialMs(intervalsMs: readonly number[]): number | undefined {
    const { rows, limits, count } = this.#machines();
    const shares = intervalsMs.map((ms, i) => (this.aloneMs[i] ?? 0) / ms);
    const exact = this.#cuts.flatMap((_, i) => [
      this.#counting(i, count, 1),
      this.#counting(i, count, -1),
    ]);
    const counts = shares.flatMap((share) => [share, 0 - share]);
    const goal = this.#cuts.flatMap((cuts, i) =>
      cuts.map(({ serialMs }) => -serialMs / (this.aloneMs[i] ?? 0)),
    );
    const solved = maximised(goal, [...rows, ...exact], [...limits, ...counts]);
    const frames = intervalsMs.reduce((sum, ms) => sum + 1 / ms, 0);
    return solved && -solved.value / frames;
  }

  /**
   * What prices of the shared machines prove: the mean over all frames of the least that each device
   * pays at these prices within its own machines, without the price of the whole usable time.
   */
  priceProofMs(intervalsMs: readonly number[], uplinks: readonly number[], cloud: number): number {
    let [sum, frames] = [0 - cloud * this.#usable * this.#workers, 0];
    for (const price of uplinks) sum -= price * this.#usable;
    for (const [i, device] of this.#problem.devices.entries()) {
      const intervalMs = intervalsMs[i] ?? Infinity;
      const place = this.#problem.uplinks.findIndex(({ name }) => name === device.uplink);
      const bytePrice = (uplinks[place] ?? 0) * (msPerByte(this.#problem, device) ?? 0);
      sum += this.#leastPaidMs(i, intervalMs, bytePrice, cloud) / intervalMs;
      frames += 1 / intervalMs;
    }
    return sum / frames;
  }

  /** Least priced serial time of one device's frames at an interval, its own machines within it. */
  #leastPaidMs(i: number, intervalMs: number, bytePrice: number, cloudPrice: number): number {
    const cuts = this.#cuts[i] ?? [];
    const goal = cuts.map(
      ({ serialMs, bytes, cloudMs }) => -(serialMs + bytePrice * bytes + cloudPrice * cloudMs),
    );
    const rows = [
      cuts.map(({ deviceMs }) => deviceMs),
      cuts.map(({ linkMs }) => linkMs),
      cuts.map(() => 1),
      cuts.map(() => -1),
    ];
    const limitMs = intervalMs * this.#usable * ROOM;
    const solved = maximised(goal, rows, [limitMs, limitMs, 1, -1]);
    return solved ? -solved.value : Number.NaN;
  }

  /** Least interval of a mix of one device's cuts, all machines its own. */
  #leastAloneMs(cuts: readonly OracleLoads[]): number {
    const goal = [...cuts.map(() => 0), -1];
    const rows = [
      [...cuts.map(({ deviceMs }) => deviceMs), 0 - this.#usable],
      [...cuts.map(({ linkMs }) => linkMs), 0 - this.#usable],
      [...cuts.map(({ cloudMs }) => cloudMs / this.#workers), 0 - this.#usable],
      [...cuts.map(() => -1), 0],
    ];
    const solved = maximised(goal, rows, [0, 0, 0, -1]);
    return solved ? 0 - solved.value : Number.NaN;
  }

  /** Rows of all machines: every device's own, the shared uplinks, the cloud. */
  #machines(): { rows: number[][]; limits: number[]; count: number } {
    const { devices, uplinks } = this.#problem;
    const row = (amount: (loads: OracleLoads, device: number) => number): number[] =>
      this.#cuts.flatMap((cuts, i) =>
        cuts.map((loads) => amount(loads, i) / (this.aloneMs[i] ?? 0)),
      );
    const own = devices.flatMap((_, device) => [
      row((loads, i) => (i === device ? loads.deviceMs : 0)),
      row((loads, i) => (i === device ? loads.linkMs : 0)),
    ]);
    const shared = uplinks.map(({ name, mbps }) =>
      row(({ bytes }, i) => (devices[i]?.uplink === name ? (8 * bytes) / (1000 * mbps) : 0)),
    );
    const cloud = row(({ cloudMs }) => cloudMs / this.#workers);
    const rows = [...own, ...shared, cloud];
    return { rows, limits: rows.map(() => this.#usable * ROOM), count: cloud.length };
  }

  /** A row that counts the frames of one device. */
  #counting(device: number, count: number, factor: number): number[] {
    const before = this.#cuts.slice(0, device).reduce((sum, cuts) => sum + cuts.length, 0);
    const own = this.#cuts[device]?.length ?? 0;
    return Array.from({ length: count }, (_, i) => (i >= before && i < before + own ? factor : 0));
  }
}
