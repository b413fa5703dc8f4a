import { describe, expect, it, vi } from 'vitest';
import { BYTE_PER_MS } from '../../../../test/support/networks/graphs.js';
import { FAMILIES, randomProblem } from '../../../../test/support/networks/random-networks.js';
import { instances } from '../../../../test/support/planner/instances.js';
import { leastMixMs } from '../../../../test/support/planner/least-period.js';
import {
  leastOneCutMs,
  MEASURED,
  type OraclePlan,
  patternCostMs,
  plansOf,
  usableShares,
} from '../../../../test/support/planner/paced-oracle.js';
import { seededRandom } from '../../../wire/index.js';
import { candidatesOf } from '../../cuts/candidates.js';
import { type Outcome, type Problem, type Schedule, type Slacks, solve } from '../../index.js';
import { graphOf } from '../../problem/graph.js';
import { pricedFrameOf } from '../../problem/priced-frame.js';
import { factorsOf } from './limits.js';
import { planPaced } from './paced-plan.js';

// Oracles are slow where the machine is busy.
vi.setConfig({ testTimeout: 3_600_000 });

/** FLOTILLA_INSTANCES=10000 runs the whole proof; a commit runs a slice of it. */
const INSTANCES = Number(process.env.FLOTILLA_INSTANCES ?? 200);
const FIRST = Number(process.env.FLOTILLA_FIRST ?? 0);
const SLIGHT = 1e-7;

/** A small problem with a drawn interval, slack and, in a third of them, limits. */
function pacedProblem(seed: number): Problem {
  const random = seededRandom(77_000 + seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
  const units = 2 + (Math.floor(seed / 4) % 4);
  const problem = randomProblem({ family, units, seed, hasEncodings: seed % 5 === 0 });
  const network = {
    ...problem.network,
    units: problem.network.units.map((unit) => ({ ...unit, memoryBytes: below(10) })),
  };
  const given = {
    ...problem,
    network,
    workers: 1 + below(3),
    slack: drawnSlack(seed, below),
  };
  const plans = plansOf(given, false);
  const { loads } = plans[below(plans.length)] ?? { loads: [1] };
  const factor = [0.5, 0.8, 1, 1, 1.2, 2][below(6)] ?? 1;
  const shares = usableShares(given);
  const busiestMs = Math.max(...loads.map((ms, machine) => ms / (shares[machine] ?? 1)));
  const intervalMs = Math.max(0.5, factor * busiestMs);
  const limits = {
    ...(below(3) === 0 ? { deviceMemoryBytes: below(10 * units) } : {}),
    ...(below(3) === 0 ? { maxFrameBytes: below(30) } : {}),
    ...(below(3) === 0 ? { bytesPrice: [0, 100, 2000][below(3)] ?? 0 } : {}),
  };
  return { ...given, intervalMs, frames: MEASURED, ...(seed % 3 === 0 ? limits : {}) };
}

/** Of every machine, or another one for each. */
function drawnSlack(seed: number, below: (limit: number) => number): number | Slacks {
  const share = (): number => [0, 0, 0.1, 0.25][below(4)] ?? 0;
  return seed % 2 === 0 ? share() : { device: share(), uplink: share(), cloud: share() };
}

function paced(problem: Problem): Outcome {
  return solve({ ...problem, objective: 'paced' });
}

/** What the planner minimised. */
function costOf({ paced: answer, bytes }: Schedule): number {
  return bytes?.costMs ?? answer?.executed.meanLatencyMs ?? Number.NaN;
}

/** The plan of the oracle that a placement is. */
function planOf(
  plans: readonly OraclePlan[],
  { device, uploads }: Pick<Schedule, 'device' | 'uploads'>,
) {
  const textOf = (
    order: readonly string[],
    sent: readonly { id: string; name: string }[],
  ): string => JSON.stringify([order, sent.map(({ id, name }) => `${id} ${name}`).sort()]);
  const own = textOf(
    device,
    uploads.map(({ id, encoding }) => ({ id, name: encoding })),
  );
  const found = plans.find(
    (plan) =>
      own ===
      textOf(
        plan.device,
        plan.sent.map(({ id, encoding }) => ({ id, name: encoding.name })),
      ),
  );
  if (!found) throw new Error(`no such plan ${own}`);
  return found;
}

/** What is wrong with an answer where one cut suffices. */
function oneCutFaults(problem: Problem, schedule: Schedule, oracleMs: number): string[] {
  const { paced: answer, optimal, lowerBoundMs } = schedule;
  const costMs = costOf(schedule);
  const plan = planOf(plansOf(problem, true), schedule);
  const facts: [string, boolean][] = [
    ['sustained by one cut', answer?.isSustained === true && answer.executed.pattern.length === 1],
    ['executed as the oracle does', Math.abs(patternCostMs(problem, [plan]) - costMs) < SLIGHT],
    ['not below the optimum', costMs > oracleMs - SLIGHT],
    ['bound not above the optimum', lowerBoundMs < oracleMs + SLIGHT],
    ['optimal where it says so', !optimal || costMs < oracleMs + SLIGHT],
  ];
  return facts.flatMap(([fact, isTrue]) =>
    isTrue ? [] : [`${fact}: ${costMs}, oracle ${oracleMs}`],
  );
}

/** What is wrong with an answer by which frames follow different cuts, or are too fast. */
function mixFaults(
  problem: Problem,
  { paced: answer, ...schedule }: Schedule,
  oneCutMs: number,
  isListed: boolean,
): string[] {
  const { intervalMs = 0 } = problem;
  const shares = usableShares(problem);
  const plans = plansOf(problem, false);
  if (!answer) return ['no answer'];
  const counted = plans.map(({ loads }) => loads.map((ms, machine) => ms / (shares[machine] ?? 1)));
  const leastMs = leastMixMs(undominated(counted));
  const facts: [string, boolean][] = [
    ['sustained only where a mix can be', !answer.isSustained || leastMs < intervalMs + SLIGHT],
    ['the interval of a sustained rate', !answer.isSustained || answer.sustainedMs === intervalMs],
    [
      'no interval below the least',
      answer.sustainedMs > Math.max(leastMs, answer.isSustained ? intervalMs : 0) - SLIGHT,
    ],
  ];
  // Memory is for all cuts of a pattern at once, which the least period of single cuts leaves out.
  if (isListed && problem.deviceMemoryBytes === undefined && problem.maxFrameBytes === undefined) {
    const nearMs = 1.01 * Math.max(leastMs, answer.isSustained ? intervalMs : 0);
    facts.push(['an interval within 1 % of the least', answer.sustainedMs < nearMs + SLIGHT]);
  }
  if (answer.isSustained) {
    const costMs = costOf({ ...schedule, paced: answer });
    const fitting = pairsOf(plans).filter((pair) =>
      [0, 1, 2].every(
        (machine) =>
          pair.reduce((ms, { loads }) => ms + (loads[machine] ?? 0), 0) <=
          2 * intervalMs * (shares[machine] ?? 1) * (1 + 1e-9),
      ),
    );
    const leastCostMs = Math.min(oneCutMs, ...fitting.map((pair) => patternCostMs(problem, pair)));
    facts.push(['bound not above a pair of cuts', schedule.lowerBoundMs < leastCostMs + SLIGHT]);
    facts.push(['optimal where it says so', !schedule.optimal || costMs < leastCostMs + SLIGHT]);
  }
  return facts.flatMap(([fact, isTrue]) =>
    isTrue ? [] : [`${fact}: ${JSON.stringify({ ...answer, executed: 0, leastMs })}`],
  );
}

/** Loads that no others undercut on every machine, each once. */
function undominated(loads: readonly number[][]): number[][] {
  const isAsGood = (one: readonly number[], other: readonly number[]): boolean =>
    one.every((ms, machine) => ms <= (other[machine] ?? 0));
  return loads.filter(
    (own, i) =>
      !loads.some(
        (other, j) => i !== j && isAsGood(other, own) && (j < i || !isAsGood(own, other)),
      ),
  );
}

/** All pairs of plans, one order for each cut and choice of encodings. */
function pairsOf(plans: readonly OraclePlan[]): OraclePlan[][] {
  const keyOf = ({ device, sent }: OraclePlan): string => JSON.stringify([device.toSorted(), sent]);
  const few = plans.filter((plan, i) => plans.findIndex((one) => keyOf(one) === keyOf(plan)) === i);
  return few.flatMap((one, i) => few.slice(i + 1).map((other) => [one, other]));
}

/** What was answered, and what is wrong with it. */
class Judge {
  readonly faults: string[] = [];
  readonly counts = {
    oneCut: 0,
    best: 0,
    proven: 0,
    worthwhile: 0,
    mixed: 0,
    unsustained: 0,
    impossible: 0,
  };

  /** Judges an answer; `isListed` where the planner looked at all device sets. */
  judge(seed: number, problem: Problem, outcome: Outcome, isListed: boolean): void {
    const fault = (text: string): number => this.faults.push(`seed ${seed}: ${text}`);
    if (outcome.kind === 'infeasible') {
      this.counts.impossible += 1;
      if (isListed && plansOf(problem, false).length > 0) fault(outcome.because);
      return;
    }
    const { schedule } = outcome;
    const oracleMs = leastOneCutMs(problem);
    const isMix = oracleMs === Infinity || (schedule.paced?.executed.cuts.length ?? 0) > 1;
    const found =
      isMix || (!isListed && schedule.paced?.isSustained === false)
        ? mixFaults(problem, schedule, oracleMs, isListed)
        : oneCutFaults(problem, schedule, oracleMs);
    for (const text of found) fault(text);
    const costMs = costOf(schedule);
    if (!isMix) {
      this.counts.oneCut += 1;
      if (costMs < oracleMs + SLIGHT) this.counts.best += 1;
      if (schedule.optimal) this.counts.proven += 1;
    } else if (schedule.paced?.isSustained) {
      this.counts.mixed += 1;
      if (oracleMs === Infinity) return;
      this.counts.worthwhile += 1;
      if (isListed && costMs > 0.9 * oracleMs + SLIGHT)
        fault(`a mix of ${costMs}, one cut of ${oracleMs}`);
    } else this.counts.unsustained += 1;
  }
}

describe('the objective paced', () => {
  it(`equals exhaustive search on ${INSTANCES} random instances where it says optimal`, () => {
    const { faults, counts } = judged(paced, true);
    expect(faults).toEqual([]);
    expect(counts.proven).toBeGreaterThan(0.8 * counts.oneCut);
    expect(counts.best).toBeGreaterThan(0.99 * counts.oneCut);
    expect(counts.worthwhile).toBeGreaterThan(0);
    expect(counts.mixed).toBeGreaterThan(counts.worthwhile);
    expect(counts.unsustained).toBeGreaterThan(0);
    expect(counts.impossible).toBeGreaterThan(0);
  });

  it('says optimal truly, and no bound above the optimum, where the device sets are not listed', () => {
    const { faults, counts } = judged(pacedUnlisted, false);
    expect(faults).toEqual([]);
    expect(counts.best).toBeGreaterThan(0.9 * counts.oneCut);
    expect(counts.proven).toBeGreaterThan(0.7 * counts.oneCut);
  });

  it.each([
    [4, 70],
    [13, 60],
    [37, 50],
  ])(
    'says at price 0 what bytes buy as at the least price, of unlisted network %i',
    (seed, units) => {
      const family = FAMILIES[seed % FAMILIES.length] ?? 'general';
      const problem = randomProblem({ family, units, seed, hasEncodings: seed % 3 === 0 });
      const [free, priced] = [0, 1e-9].map((bytesPrice) => {
        const outcome = pacedUnlisted({ ...problem, intervalMs: 1000, frames: 10, bytesPrice });
        return outcome.kind === 'feasible' ? outcome.schedule.bytes : undefined;
      });
      expect(free?.savedMsPerMegabyte).toBeGreaterThan(0);
      expect(free?.savedMsPerMegabyte).toBeCloseTo(priced?.savedMsPerMegabyte ?? 0, 3);
      expect(free?.frameBytes).toBe(priced?.frameBytes);
    },
  );
});

describe('the oracle of paced frames', () => {
  it('lets a worker go on with its frame when another frame is ready earlier', () => {
    const unit = (id: string, deviceMs: number, cloudMs: number) => ({
      ...{ id, deviceMs, cloudMs },
      outputBytes: 1e-9,
    });
    const problem: Problem = {
      network: {
        units: [
          unit('in', 0, 0),
          unit('a', 1, 1000),
          unit('b', 9, 1000),
          unit('u1', 1000, 1),
          unit('u2', 1000, 4),
          unit('u3', 1000, 4),
        ],
        edges: [
          ['in', 'a'],
          ['in', 'b'],
          ['a', 'u1'],
          ['b', 'u2'],
          ['u2', 'u3'],
        ],
      },
      link: { ...BYTE_PER_MS, latencyMs: 0, perTensorMs: 0, resultBytes: 0 },
      intervalMs: 11,
    };
    const plan = plansOf(problem, true).find(({ device }) => device.join() === 'in,a,b');
    expect(plan && patternCostMs(problem, [plan])).toBeCloseTo(18, 6);
  });
});

function judged(plan: (problem: Problem) => Outcome, isListed: boolean): Judge {
  const judge = new Judge();
  for (let seed = FIRST; seed < FIRST + INSTANCES; seed++) {
    const problem = pacedProblem(seed);
    judge.judge(seed, problem, plan(problem), isListed);
  }
  if (process.env.FLOTILLA_INSTANCES) console.log(judge.counts);
  return judge;
}

/** The planner as it answers where the device sets are too many to list. */
function pacedUnlisted(problem: Problem): Outcome {
  const { link, workers = 1, slack, frames = 0, intervalMs = 0, saysWorth = true } = problem;
  const graph = graphOf(problem.network);
  const frame = pricedFrameOf(graph, link);
  const candidates = candidatesOf(frame, { graph, sets: undefined });
  const known = { link, limits: problem, workers, factors: factorsOf(slack), frames };
  const question = { ...known, intervalMs, saysWorth, isListed: false };
  return planPaced(frame, candidates, 'auto', question);
}

describe('frames of SqueezeNet at 5.85 Mbps', () => {
  const network = instances().find(({ name }) => name === 'squeezenet')?.network ?? {
    units: [],
    edges: [],
  };
  const link = {
    uplinkMbps: 5.85,
    latencyMs: 5,
    perTensorMs: 0.5,
    resultBytes: 1000,
    downlinkMbps: 20,
  };
  const scheduleFor = (question: Partial<Problem>): Schedule => {
    const outcome = solve({ network, link, ...question });
    if (outcome.kind === 'infeasible') throw new Error(outcome.because);
    return outcome.schedule;
  };

  it('are planned for latency where they come once a second', () => {
    const alone = scheduleFor({});
    const slow = scheduleFor({ objective: 'paced', intervalMs: 1000 });
    expect(slow).toMatchObject({ optimal: true, paced: { isSustained: true, sustainedMs: 1000 } });
    expect(slow.makespanMs).toBeCloseTo(alone.makespanMs, 9);
  });

  it('are served by one cut at 80 percent of the highest rate, faster than by the pattern of the stream', () => {
    const stream = scheduleFor({ objective: 'stream' }).stream;
    const intervalMs = (stream?.periodMs ?? 0) / 0.8;
    const { paced: answer, optimal } = scheduleFor({ objective: 'paced', intervalMs });
    expect(answer).toMatchObject({ isSustained: true, executed: { pattern: [0] } });
    expect(optimal).toBe(true);
    const ratio = (stream?.executed.meanLatencyMs ?? 0) / (answer?.executed.meanLatencyMs ?? 1);
    expect(ratio).toBeGreaterThan(1.1);
  });

  it('get the best rate they can have where they come too fast', () => {
    const { periodMs = 0 } = scheduleFor({ objective: 'stream' }).stream ?? {};
    const answer = scheduleFor({ objective: 'paced', intervalMs: periodMs / 2 });
    expect(answer.paced).toMatchObject({ isSustained: false });
    expect(answer.paced?.sustainedMs).toBeLessThan(1.01 * periodMs);
    expect(answer.gap).toBeLessThan(0.01);
  });

  it('leave the slack of each machine free, and no more of the others', () => {
    const slack = { device: 0.3, uplink: 0, cloud: 0 };
    const { periodMs = 0 } = scheduleFor({ objective: 'stream' }).stream ?? {};
    const intervalMs = 1.1 * periodMs;
    const free = scheduleFor({ objective: 'paced', intervalMs }).paced;
    const kept = scheduleFor({ objective: 'paced', intervalMs, slack }).paced;
    expect(free?.loadsMs.device).toBeGreaterThan(0.7 * intervalMs);
    const { sustainedMs = 0, loadsMs = { device: NaN, uplink: NaN, cloud: NaN } } = kept ?? {};
    expect(loadsMs.device).toBeLessThanOrEqual(0.7 * sustainedMs * (1 + 1e-9));
    expect(loadsMs.uplink).toBeGreaterThan(0.9 * sustainedMs);
    expect(loadsMs.uplink).toBeLessThanOrEqual(sustainedMs * (1 + 1e-9));
  });

  it('leave the slack of every machine free', () => {
    const { paced: answer } = scheduleFor({ objective: 'paced', intervalMs: 80, slack: 0.1 });
    const { device = 0, uplink = 0, cloud = 0 } = answer?.loadsMs ?? {};
    expect(answer?.isSustained).toBe(true);
    expect(Math.max(device, uplink, cloud)).toBeLessThanOrEqual(72);
  });
});
