import { describe, expect, it, vi } from 'vitest';
import { FAMILIES, randomProblem } from '../../../../test/support/networks/random-networks.js';
import { choices, cutOf, deviceSets } from '../../../../test/support/planner/exhaustive.js';
import { instances } from '../../../../test/support/planner/instances.js';
import {
  loadsOf,
  msPerByte,
  type OracleLoads,
  SharedOracle,
} from '../../../../test/support/planner/shared/shared-oracle.js';
import { seededRandom } from '../../../wire/index.js';
import {
  planShared,
  type SharedAnswer,
  type SharedDevice,
  type SharedDeviceAnswer,
  type SharedProblem,
} from '../../index.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 3_600_000 });

/** FLOTILLA_INSTANCES=10000 runs the whole proof; a commit runs a slice of it. */
const INSTANCES = Number(process.env.FLOTILLA_INSTANCES ?? 200);
const FIRST = Number(process.env.FLOTILLA_FIRST ?? 0);
const SLIGHT = 1e-6;

/** One to three small devices on up to two uplinks, often too many for them. */
function sharedProblem(seed: number): SharedProblem {
  const random = seededRandom(55_000 + seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const uplinks = ['east', 'west'].slice(0, [0, 1, 1, 2][below(4)]).map((name) => ({
    name,
    mbps: 0.008 * ([0.3, 1, 2, 4][below(4)] ?? 1),
  }));
  const devices = Array.from({ length: [1, 2, 2, 3, 3][below(5)] ?? 1 }, (_, i): SharedDevice => {
    const family = FAMILIES[below(FAMILIES.length)] ?? 'general';
    const hasEncodings = below(4) === 0;
    const problem = randomProblem({
      ...{ family, hasEncodings, units: 2 + below(hasEncodings ? 2 : 3) },
      seed: 3 * seed + i,
    });
    const uplink = below(6) === 0 ? undefined : uplinks[below(uplinks.length)]?.name;
    const link = { ...problem.link, uplinkMbps: (1 + 7 * below(2)) * problem.link.uplinkMbps };
    const intervalMs = 1 + below(12);
    const factor = [1, 4, 12][below(3)] ?? 1;
    const units = problem.network.units.map((unit) => ({
      ...unit,
      deviceMs: factor * unit.deviceMs,
    }));
    const network = { ...problem.network, units };
    return {
      name: `d${i}`,
      network,
      link,
      intervalMs,
      ...(uplink === undefined ? {} : { uplink }),
    };
  });
  return { devices, uplinks, workers: 1 + below(2), slack: [0, 0, 0.1, 0.3][below(4)] ?? 0 };
}

function planned(problem: SharedProblem): SharedAnswer {
  const outcome = planShared(problem);
  if (outcome.kind === 'infeasible') throw new Error(outcome.because);
  return outcome.answer;
}

/** Loads of a device's mix by the oracle's arithmetic; throws where a cut is none. */
function mixedLoads(
  problem: SharedProblem,
  device: SharedDevice,
  { mix }: SharedDeviceAnswer,
): OracleLoads {
  const sum = { deviceMs: 0, linkMs: 0, bytes: 0, cloudMs: 0, serialMs: 0 };
  for (const { weight, device: here, uploads, cloud } of mix) {
    const set = [...deviceSets(device.network)].find(
      (one) => one.size === here.length && here.every((id) => one.has(id)),
    );
    if (!set || cloud.length !== device.network.units.length - set.size) throw new Error('no cut');
    const named = (sent: readonly { id: string; encoding: string }[]): string =>
      JSON.stringify(sent.map(({ id, encoding }) => `${id} ${encoding}`).sort());
    const sent = [...choices(cutOf(device.network, set))].find(
      (choice) =>
        named(choice.map(({ id, encoding }) => ({ id, encoding: encoding.name }))) ===
        named(uploads),
    );
    if (!sent) throw new Error('no such encodings');
    const loads = loadsOf(problem, device, set, sent);
    for (const key of Object.keys(sum) as (keyof OracleLoads)[]) sum[key] += weight * loads[key];
  }
  return sum;
}

/** Load of the busiest machine, as a share of its usable time. */
function busiest(problem: SharedProblem, answer: SharedAnswer): number {
  const { devices, uplinks, workers = 1, slack = 0 } = problem;
  const shared = uplinks.map(() => 0);
  let [own, cloud] = [0, 0];
  for (const [i, device] of devices.entries()) {
    const one = answer.devices[i];
    if (!one) throw new Error('no answer');
    const { plannedIntervalMs: intervalMs } = one;
    const loads = mixedLoads(problem, device, one);
    own = Math.max(own, loads.deviceMs / intervalMs, loads.linkMs / intervalMs);
    cloud += loads.cloudMs / intervalMs / workers;
    const place = uplinks.findIndex(({ name }) => name === device.uplink);
    const uplinkMs = loads.bytes * (msPerByte(problem, device) ?? 0);
    if (place >= 0) shared[place] = (shared[place] ?? 0) + uplinkMs / intervalMs;
    expect(one.loadsMs.device).toBeCloseTo(loads.deviceMs, 6);
    expect(one.loadsMs.link).toBeCloseTo(loads.linkMs, 6);
    expect(one.loadsMs.uplink).toBeCloseTo(uplinkMs, 6);
    expect(one.loadsMs.cloud).toBeCloseTo(loads.cloudMs, 6);
  }
  expect(answer.cloud.load).toBeCloseTo(cloud, 6);
  for (const [i, { load }] of answer.uplinks.entries()) expect(load).toBeCloseTo(shared[i] ?? 0, 6);
  return Math.max(own, cloud, ...shared) / (1 - slack);
}

const isNear = (one: number, other: number, scale = 1): boolean =>
  Math.abs(one - other) <= SLIGHT * Math.max(1, Math.abs(other), scale);

/** What is wrong with the rates. */
function rateFaults(problem: SharedProblem, answer: SharedAnswer, oracle: SharedOracle): string[] {
  const { slowdown, slowdownBound, fits, devices } = answer;
  const least = 1 / oracle.mostCommonShare();
  const shares = devices.map((one) => 1 / one.slowdown);
  const unfair = shares.flatMap((share, i) => {
    if (share > 1 - SLIGHT) return [];
    const floors = shares.map((other, j) => (j !== i && other <= share + SLIGHT ? other : 0));
    const most = oracle.mostShare(
      i,
      floors.map((floor) => floor * (1 - 1e-9)),
    );
    return isNear(share, most) ? [] : [`device ${i} has ${share}, could have ${most}`];
  });
  const facts: [string, boolean][] = [
    ['within all machines', busiest(problem, answer) < 1 + SLIGHT],
    ['the least slowdown', isNear(slowdown, least)],
    ['a slowdown bound not above it', slowdownBound <= least * (1 + SLIGHT)],
    ['a slowdown bound that proves it', slowdownBound >= slowdown * (1 - SLIGHT)],
    ['fits where the oracle fits', fits === least < 1 + 1e-8],
    ['the rates alone', devices.every((d, i) => isNear(d.aloneIntervalMs, oracle.aloneMs[i] ?? 0))],
    ['planned by slowdown', devices.every((d) => d.plannedIntervalMs >= d.intervalMs * (1 - 1e-9))],
  ];
  return [...unfair, ...facts.flatMap(([fact, isTrue]) => (isTrue ? [] : [fact]))];
}

/** What is wrong with the latency and the prices at these rates. */
function costFaults(answer: SharedAnswer, problem: SharedProblem, oracle: SharedOracle): string[] {
  const intervalsMs = answer.devices.map((one) => one.plannedIntervalMs);
  const { serialMs, lowerBoundMs, uplinks, cloud, devices } = answer;
  const leastMs = oracle.leastSerialMs(intervalsMs) ?? Number.NaN;
  const prices = uplinks.map(({ price }) => price);
  const proofMs = oracle.priceProofMs(intervalsMs, prices, cloud.price);
  const whole = [...prices, cloud.price].reduce((sum, price) => sum + price, 0);
  const frames = intervalsMs.reduce((sum, ms) => sum + 1 / ms, 0);
  const scale = (whole * (problem.workers ?? 1)) / frames;
  const slightMs = SLIGHT * Math.max(1, leastMs, scale);
  const mixedMs = devices.reduce((sum, one, i) => {
    const device = problem.devices[i];
    return sum + (device ? mixedLoads(problem, device, one).serialMs / one.plannedIntervalMs : 0);
  }, 0);
  const facts: [string, boolean][] = [
    [`the least serial time: ${serialMs}, oracle ${leastMs}`, isNear(serialMs, leastMs, scale)],
    ['the serial time of its mixes', isNear(serialMs, mixedMs / frames, scale)],
    ['a bound that is not above it', lowerBoundMs <= leastMs + slightMs],
    ['a bound that proves it', lowerBoundMs >= serialMs - slightMs],
    [`prices that prove it: ${serialMs}, ${proofMs}`, isNear(proofMs, serialMs, scale)],
    ['prices from 0 on', Math.min(cloud.price, ...prices) >= 0],
    [
      'prices in both units',
      uplinks.every(({ price, bytesPrice }, i) =>
        isNear(bytesPrice, (8 * price) / (problem.uplinks[i]?.mbps ?? 0), scale),
      ),
    ],
  ];
  return facts.flatMap(([fact, isTrue]) => (isTrue ? [] : [fact]));
}

describe('devices that share uplinks and a cloud', () => {
  it('agrees with every cut of every device in one dense program', () => {
    const faults: string[] = [];
    const seen = { fits: 0, slowed: 0, unequal: 0, mixed: 0, priced: 0, slowAlone: 0 };
    for (let seed = FIRST; seed < FIRST + INSTANCES; seed++) {
      const problem = sharedProblem(seed);
      const answer = planned(problem);
      const oracle = new SharedOracle(problem);
      const found = [
        ...rateFaults(problem, answer, oracle),
        ...costFaults(answer, problem, oracle),
      ];
      faults.push(...found.map((fault) => `seed ${seed}: ${fault}`));
      const slowdowns = answer.devices.map(({ slowdown }) => slowdown);
      if (answer.fits) seen.fits += 1;
      else seen.slowed += 1;
      if (Math.max(...slowdowns) > 1.01 * Math.min(...slowdowns)) seen.unequal += 1;
      if (answer.devices.some(({ mix }) => mix.length > 1)) seen.mixed += 1;
      if (answer.uplinks.some(({ price }) => price > 0)) seen.priced += 1;
      if (answer.devices.some((one) => one.aloneIntervalMs > one.intervalMs)) seen.slowAlone += 1;
    }
    expect(faults).toEqual([]);
    for (const count of Object.values(seen))
      expect(count, JSON.stringify(seen)).toBeGreaterThan(INSTANCES / 40);
  });

  it('plans devices with the reference networks to the proven optimum', () => {
    const known = instances();
    const devices = Array.from({ length: 36 }, (_, i): SharedDevice => {
      const { name, network } = known[i % known.length] ?? {
        name: '',
        network: { units: [], edges: [] },
      };
      const link = {
        ...{ uplinkMbps: [5.85, 18.88, 100][i % 3] ?? 1, latencyMs: 5, perTensorMs: 0.5 },
        ...{ resultBytes: 1000, downlinkMbps: 20 },
      };
      const uplink = i % 4 === 0 ? {} : { uplink: i % 2 === 0 ? 'north' : 'south' };
      return { name: `${name} ${i}`, network, link, intervalMs: 100 * (1 + (i % 5)), ...uplink };
    });
    const uplinks = [
      { name: 'north', mbps: 8 },
      { name: 'south', mbps: 24 },
    ];
    const answer = planned({ devices, uplinks, workers: 2, slack: 0.1 });
    expect(answer.fits).toBe(false);
    expect(answer.slowdown / answer.slowdownBound).toBeLessThan(1 + SLIGHT);
    expect(answer.gap).toBeLessThan(SLIGHT);
  });

  it('gives devices alike the same rate, and a device that needs no uplink its own', () => {
    const network = {
      units: [
        { id: 'in', deviceMs: 0, cloudMs: 0, outputBytes: 10_000 },
        { id: 'a', deviceMs: 50, cloudMs: 1, outputBytes: 100 },
      ],
      edges: [['in', 'a']] as const,
    };
    const link = { uplinkMbps: 8, latencyMs: 1, perTensorMs: 0, resultBytes: 0, downlinkMbps: 8 };
    const camera = (name: string, intervalMs: number): SharedDevice => ({
      ...{ name, network, link, intervalMs, uplink: 'site' },
    });
    const uplinks = [{ name: 'site', mbps: 8 }];
    const problem = { devices: [camera('a', 10), camera('b', 10), camera('c', 100)], uplinks };
    const { slowdown, devices, uplinks: machines } = planned(problem);
    // At a share t of their rates a and b compute 0.2 themselves, and 2 (t - 0.2) fills the uplink.
    expect(slowdown).toBeCloseTo(1 / 0.7, 9);
    expect(devices.map((one) => one.slowdown)).toEqual([
      expect.closeTo(slowdown, 9),
      expect.closeTo(slowdown, 9),
      1,
    ]);
    expect(devices[2]?.mix.map(({ uploads }) => uploads)).toEqual([[]]);
    expect(machines[0]?.load).toBeCloseTo(1, 9);
    expect(machines[0]?.price).toBeGreaterThan(0);
  });

  it('keeps within the machines where times differ by many orders of magnitude', () => {
    const network = {
      units: [
        { id: 'in', deviceMs: 0, cloudMs: 0, outputBytes: 1 },
        { id: 'a', deviceMs: 1e9, cloudMs: 1e-4, outputBytes: 1 },
      ],
      edges: [['in', 'a']] as const,
    };
    const link = { uplinkMbps: 8, latencyMs: 0, perTensorMs: 0, resultBytes: 0, downlinkMbps: 8 };
    const device = { name: 'a', network, link, intervalMs: 1e-6 };
    const [answer] = planned({ devices: [device], uplinks: [] }).devices;
    // A byte takes 0.001 ms of the link.
    expect(answer?.plannedIntervalMs).toBeCloseTo(1e-3, 9);
    expect(answer?.loadsMs.link).toBeLessThanOrEqual(1e-3 * (1 + SLIGHT));
  });

  const one: SharedDevice = {
    name: 'a',
    ...randomProblem({ family: 'paths', units: 3, seed: 1 }),
    intervalMs: 5,
  };
  it.each([
    ['no devices', { devices: [] }, 'devices: must have 1 to 1000 entries, has 0'],
    ['devices of one name', { devices: [one, one] }, 'devices[1].name: duplicate'],
    [
      'an unknown uplink',
      { devices: [{ ...one, uplink: 'x' }] },
      'devices[0].uplink: unknown uplink "x"',
    ],
    [
      'an interval of 0',
      { devices: [{ ...one, intervalMs: 0 }] },
      'devices[0].intervalMs: must be above 0',
    ],
    [
      'an interval that is no number',
      { devices: [{ ...one, intervalMs: Number.NaN }] },
      'devices[0].intervalMs: ',
    ],
    [
      'a network without input',
      { devices: [{ ...one, network: { units: [], edges: [] } }] },
      'devices[0].units: no input',
    ],
    [
      'a link without rate',
      { devices: [{ ...one, link: { ...one.link, uplinkMbps: 0 } }] },
      'devices[0].link.uplinkMbps: must be above 0',
    ],
    [
      'an uplink without rate',
      { uplinks: [{ name: 'x', mbps: 0 }] },
      'uplinks[0].mbps: must be above 0',
    ],
    ['half a worker', { workers: 0.5 }, 'workers: must be a whole number'],
    ['no usable time', { slack: 1 }, 'slack: must be below 1, is 1'],
  ])('rejects %s', (_, wrong, because) => {
    const outcome = planShared({ devices: [one], uplinks: [], ...wrong });
    expect(outcome).toEqual({ kind: 'infeasible', because: expect.stringContaining(because) });
  });
});
