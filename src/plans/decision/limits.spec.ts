/** Limits and deadlines in plans: kept by every cut, weighed in every comparison, and news when they change. */
import { describe, expect, it } from 'vitest';
import { randomModel, randomSituation } from '../../../test/support/networks/random-models.js';
import { allowedCuts } from '../../../test/support/planner/allowed-cuts.js';
import { isStrategyName, type Limits, simulate, strategies } from '../../planner/index.js';
import {
  bytesOf,
  cutsOf,
  type DesiredPlan,
  type ModelDocument,
  RowChoice,
  rowsOfPlan,
} from '../../wire/index.js';
import type { PlanCause } from '../budget/causes.js';
import { type Cut, placementOf } from '../pricing/planner-network.js';
import { problemOf, type Situation } from '../pricing/prediction.js';
import { decide } from './decide.js';
import { KnownCuts } from './plan-rows.js';
import type { Proposal } from './proposal.js';

/** Set it for a longer search for breaches. */
const NETWORKS = Number(process.env.FLOTILLA_TEST_NETWORKS ?? 40);
const seeds = Array.from({ length: NETWORKS }, (_, i) => 6113 * (i + 1));
const STRATEGIES = Object.keys(strategies)
  .filter(isStrategyName)
  .flatMap((one) => ['auto' as const, one]);

const model = (seed: number): ModelDocument =>
  randomModel({ seed, blocks: 3 + (seed % 3), leaves: 'anything', isSingle: true });

const documentOf = (proposal: Proposal): DesiredPlan => ({
  ...{ v: 1, version: 1, at: '2026-01-01T00:00:00Z', cause: { code: 'first', text: '' } },
  ...proposal,
});

function issued(situation: Situation, current?: DesiredPlan, cause: PlanCause = 'first') {
  const decision = decide({ situation, current, cause }, new KnownCuts().at);
  if (decision.kind !== 'issue') throw new Error(`no plan: ${JSON.stringify(decision)}`);
  return { plan: documentOf(decision.proposal), text: decision.text };
}

/** By hand, from the document alone. */
const sent = ({ uploads }: Cut): number => uploads.reduce((sum, { bytes }) => sum + bytes, 0);
const held = ({ blocks }: ModelDocument, { device }: Cut): number =>
  blocks.reduce((sum, { digest, bytes }) => sum + (device.includes(digest) ? bytes : 0), 0);

/** A frame alone, as the planner counts it; infinite for a cut that cannot be run. */
function latencyMs(situation: Situation, cut: Cut): number {
  const simulated = simulate(problemOf(situation), placementOf(situation.model, cut));
  return simulated.kind === 'refused' ? Number.POSITIVE_INFINITY : simulated.makespanMs;
}

const fits = (cut: Cut, of: ModelDocument, { maxFrameBytes, deviceMemoryBytes }: Limits): boolean =>
  sent(cut) <= (maxFrameBytes ?? Number.POSITIVE_INFINITY) &&
  held(of, cut) <= (deviceMemoryBytes ?? Number.POSITIVE_INFINITY);

describe('a plan within limits', () => {
  it('keeps them in every cut, for any objective and strategy', () => {
    const breaches: string[] = [];
    let [plans, impossible] = [0, 0];
    for (const [i, seed] of seeds.entries()) {
      const of = model(seed);
      const strategy = STRATEGIES[i % STRATEGIES.length] ?? 'auto';
      const objective = (['frame', 'paced', 'stream'] as const)[i % 3] ?? 'frame';
      const limits = {
        ...(i % 2 === 0 && { maxFrameBytes: (seed * 31) % 9000 }),
        ...(i % 3 !== 1 && { deviceMemoryBytes: 100 * (seed % 6) }),
        ...(i % 5 === 0 && { bytesPrice: 1 }),
      };
      const changes = { objective, strategy, intervalMs: 1 + (seed % 90), limits };
      const situation = randomSituation(of, seed, changes);
      const decision = decide({ situation, current: undefined, cause: 'first' });
      if (decision.kind !== 'issue') {
        impossible += 1;
        continue;
      }
      plans += 1;
      expect(decision.proposal.limits).toEqual(limits);
      for (const cut of cutsOf(documentOf(decision.proposal))) {
        if (!fits(cut, of, limits)) breaches.push(`${seed} ${objective} ${strategy}: ${cut.cut}`);
      }
    }
    expect(breaches).toEqual([]);
    expect(plans).toBeGreaterThan(NETWORKS / 3);
    expect(impossible).toBeGreaterThan(0);
  });

  it('costs no more than any cut of the network within them, with the price of bytes', () => {
    const misses: string[] = [];
    let sending = 0;
    for (const [i, seed] of seeds.entries()) {
      const of = model(seed);
      const bytesPrice = [0.01, 1, 20][i % 3] ?? 1;
      const limits = { bytesPrice, ...(i % 2 === 0 && { maxFrameBytes: (seed * 31) % 12_000 }) };
      const situation = randomSituation(of, seed, { limits });
      const costOf = (cut: Cut): number =>
        latencyMs(situation, cut) + (bytesPrice * sent(cut)) / 1000;
      const all = [...allowedCuts(of)].filter((cut) => fits(cut, of, limits));
      const best = Math.min(...all.map(costOf));
      const { plan } = issued(situation);
      if (plan.uploads.length > 0) sending += 1;
      if (!(costOf(plan) <= best * (1 + 1e-9))) misses.push(`${seed}: ${costOf(plan)}, ${best}`);
    }
    expect(misses).toEqual([]);
    expect(sending).toBeGreaterThan(NETWORKS / 10);
  });

  it('runs every block on the device when a frame may send nothing, whatever strategy is ordered', () => {
    for (const [i, seed] of seeds.entries()) {
      const strategy = STRATEGIES[i % STRATEGIES.length] ?? 'auto';
      const situation = randomSituation(model(seed), seed, {
        ...{ strategy, limits: { maxFrameBytes: 0 } },
      });
      const { plan } = issued(situation);
      expect(cutsOf(plan).flatMap(({ uploads }) => uploads)).toEqual([]);
    }
  });

  it('does not exist where nothing may be sent and not all blocks may be held; the reason names the limits', () => {
    const of = model(seeds[0] ?? 1);
    const limits = {
      maxFrameBytes: 0,
      deviceMemoryBytes:
        held(of, { device: of.blocks.map(({ digest }) => digest), uploads: [], cloud: [] }) - 1,
    };
    const decision = decide({
      situation: randomSituation(of, 1, { limits }),
      current: undefined,
      cause: 'first',
    });
    expect(decision).toMatchObject({
      kind: 'impossible',
      because: expect.stringMatching(/deviceMemoryBytes|allowed/),
    });
  });
});

describe('a change of limits', () => {
  const of = model(6113);
  const free = randomSituation(of, 6113, {
    link: { uplinkMsPerByte: 0.00004, rttMs: 2, ageMs: 0, confidence: 1, samples: 9 },
  });
  const before = issued(free).plan;

  it('replaces a plan that sends too much, for any cause, and the plan says why', () => {
    expect(sent(before)).toBeGreaterThan(0);
    const limits = { maxFrameBytes: sent(before) - 1 };
    for (const cause of ['operator', 'cap', 'link', 'profile', 'drift'] as const) {
      const { plan, text } = issued({ ...free, limits }, before, cause);
      expect(sent(plan)).toBeLessThan(sent(before));
      expect(text).toContain(`a frame may send ${limits.maxFrameBytes} bytes at most`);
    }
    const { text } = issued({ ...free, limits: { maxFrameBytes: 0 } }, before, 'cap');
    expect(text).toContain('the bytes of this month are spent');
  });

  it.each([
    [{ limits: { bytesPrice: 2 } }, 'each KB of a frame must save 2 ms'],
    [{ limits: { deviceMemoryBytes: 1e9 } }, 'blocks on the device may take 1000000000 bytes'],
    [
      { deadline: { deadlineMs: 200, risk: 0.05 } },
      'at most 5 % of the frames may end after 200 ms',
    ],
  ] as const)('is in the next plan, also where its cut stays: %j', (changes, why) => {
    const { plan, text } = issued({ ...free, ...changes }, before, 'operator');
    expect(text).toContain(why);
    expect(plan).toMatchObject(changes);
    expect(
      decide({ situation: { ...free, ...changes }, current: plan, cause: 'operator' }).kind,
    ).toBe('keep');
    const back = issued(free, plan, 'operator');
    expect([back.plan.limits, back.plan.deadline]).toEqual([undefined, undefined]);
  });

  it('gives back the cuts that a limit ruled out, once it is wider, and changes nothing where there are none', () => {
    const limits = { maxFrameBytes: sent(before) - 1 };
    const { plan } = issued({ ...free, limits }, before, 'cap');
    const wider = { ...free, limits: { maxFrameBytes: 1e6 } };
    const again = issued(wider, plan, 'cap').plan;
    expect(cutsOf(again).some((cut) => sent(cut) > limits.maxFrameBytes)).toBe(true);
    const widest = { ...free, limits: { maxFrameBytes: 2e6 } };
    expect(decide({ situation: widest, current: again, cause: 'cap' }).kind).toBe('keep');
  });
});

describe('the rows of a plan for a deadline', () => {
  const RISK = 0.1;
  /** Three states of the link, one of them rare. */
  const states = (msPerByte: number) => [
    { msPerByte, probability: 0.6 },
    { msPerByte: 1.6 * msPerByte, probability: 0.35 },
    { msPerByte: 20 * msPerByte, probability: 0.05 },
  ];
  const forecastOf = (msPerByte: number) => ({
    learn: () => undefined,
    scenarios: () => states(msPerByte),
  });

  it('let a device keep the risk with hardly more bytes than the best of all cuts', () => {
    const misses: string[] = [];
    let [kept, frugal] = [0, 0];
    for (const seed of seeds) {
      const of = model(seed);
      const free = randomSituation(of, seed);
      const alone = latencyMs(free, {
        device: of.blocks.map(({ digest }) => digest),
        uploads: [],
        cloud: [],
      });
      // Too short for the device alone, so that a frame has to be sent.
      const deadlineMs = Math.max(1, alone * (0.3 + (seed % 5) / 10));
      const situation = { ...free, deadline: { deadlineMs, risk: RISK } };
      const plan = issued(situation).plan;
      const rows = rowsOfPlan(plan).map(({ times }) => times);
      const { uplinkMsPerByte } = free.link;
      /** The share of states in which a frame of a cut is late, on a link slower by a factor. */
      const chanceOf = (cut: Cut, factor: number): number =>
        states(uplinkMsPerByte).reduce((sum, { msPerByte, probability }) => {
          const link = { ...free.link, uplinkMsPerByte: factor * msPerByte };
          return sum + (latencyMs({ ...free, link }, cut) > deadlineMs ? probability : 0);
        }, 0);
      const all = [...allowedCuts(of)];
      const fewest = Math.min(...all.filter((cut) => chanceOf(cut, 1.15) <= RISK).map(sent));
      if (fewest === Number.POSITIVE_INFINITY) continue;
      const choice = new RowChoice(rows, forecastOf(uplinkMsPerByte), 0, undefined, {
        deadline: { deadlineMs, risk: RISK },
      });
      const { row } = choice.choose({ ...{ atMs: 0, assumedMsPerByte: 1 }, link: free.link });
      const cut = cutsOf(plan)[rowsOfPlan(plan)[row]?.cut ?? 0];
      if (cut === undefined) throw new Error('there is no such cut');
      kept += 1;
      if (chanceOf(cut, 1) > RISK) misses.push(`${seed}: late in ${chanceOf(cut, 1)}`);
      const overhead = 212 * cut.uploads.length;
      // A switch must gain 3 %, and the device counts the packets of tensors too.
      if (0.97 * sent(cut) > fewest + 212 * 3) misses.push(`${seed}: ${sent(cut)}, not ${fewest}`);
      if (sent(cut) < sent(plan)) frugal += 1;
      expect(
        bytesOf(rows[row] ?? { deviceMs: 0, ownMs: 0, uploads: [], latencyMs: 0, returnMs: 0 }),
      ).toBe(sent(cut) + overhead);
    }
    expect(misses).toEqual([]);
    expect(kept).toBeGreaterThan(NETWORKS / 4);
    expect(frugal).toBeGreaterThan(0);
  });
});
