/** What must not leave a device is in no plan, mix, row or alternative, and what is left is planned as well as before. */
import { describe, expect, it } from 'vitest';
import { randomModel, randomSituation } from '../../../test/support/networks/random-models.js';
import { allowedCuts, mustStay } from '../../../test/support/planner/allowed-cuts.js';
import { isStrategyName, simulate, strategies } from '../../planner/index.js';
import { cutsOf, type DesiredPlan, type LeavesPolicy, leavesPolicies } from '../../wire/index.js';
import type { PlanCause } from '../budget/causes.js';
import { type Cut, placementOf } from '../pricing/planner-network.js';
import { problemOf, type Situation } from '../pricing/prediction.js';
import { decide } from './decide.js';
import { KnownCuts } from './plan-rows.js';
import type { Proposal } from './proposal.js';

/** Set it for a longer search for breaches. */
const NETWORKS = Number(process.env.FLOTILLA_TEST_NETWORKS ?? 32);
/** Every second network is planned by the default. */
const STRATEGIES = Object.keys(strategies)
  .filter(isStrategyName)
  .flatMap((one) => ['auto' as const, one]);

function issued(situation: Situation, current?: DesiredPlan, cause: PlanCause = 'first'): Proposal {
  const decision = decide({ situation, current, cause }, new KnownCuts().at);
  if (decision.kind !== 'issue') throw new Error(`no plan: ${JSON.stringify(decision)}`);
  return decision.proposal;
}

const documentOf = (proposal: Proposal): DesiredPlan => ({
  ...{ v: 1, version: 1, at: '2026-01-01T00:00:00Z', cause: { code: 'first', text: '' } },
  ...proposal,
});

/** Names of all tensors that a plan sends, in any cut. */
const sentBy = (proposal: Proposal): string[] =>
  cutsOf(documentOf(proposal)).flatMap(({ uploads }) => uploads.map(({ tensor }) => tensor));

const seeds = Array.from({ length: NETWORKS }, (_, i) => 7919 * (i + 1));

/** What the planner minimises, of one cut; nothing for a cut that cannot be run. */
function costOf(situation: Situation, cut: Cut): number[] {
  const simulated = simulate(problemOf(situation), placementOf(situation.model, cut));
  return simulated.kind === 'refused' ? [] : [simulated.makespanMs];
}

describe('a model whose tensors must partly stay', () => {
  it.each(['features', 'nothing'] as const)('never sends more than %s, in any plan', (leaves) => {
    const breaches: string[] = [];
    let plans = 0;
    for (const [i, seed] of seeds.entries()) {
      const model = randomModel({ seed, blocks: 3 + (seed % 5), leaves });
      const stay = mustStay(model);
      const strategy = STRATEGIES[i % STRATEGIES.length] ?? 'auto';
      const objective = (['stream', 'frame', 'paced'] as const)[i % 3] ?? 'frame';
      const intervalMs = 1 + (seed % 97);
      const situation = randomSituation(model, seed, { objective, intervalMs, strategy });
      const decision = decide({ situation, current: undefined, cause: 'first' });
      // A strategy such as `cloud` may have no plan at all.
      if (decision.kind !== 'issue') continue;
      plans += 1;
      const sent = sentBy(decision.proposal).filter((tensor) => stay.has(tensor));
      if (sent.length > 0) breaches.push(`${seed} ${objective} ${strategy}: ${sent}`);
      const names = decision.proposal.alternatives.map((one) => one.strategy);
      if (names.includes('cloud')) breaches.push(`${seed}: the inputs as an alternative`);
    }
    expect(breaches).toEqual([]);
    expect(plans).toBeGreaterThan(NETWORKS / 2);
  });

  it('gets the best plan of those that are allowed', () => {
    const misses: string[] = [];
    let sending = 0;
    for (const seed of seeds) {
      const model = randomModel({ seed, blocks: 4, leaves: 'features', isSingle: true });
      const situation = randomSituation(model, seed);
      const costs = [...allowedCuts(model)].flatMap((cut) => costOf(situation, cut));
      const proposal = issued(situation);
      if (proposal.uploads.length > 0) sending += 1;
      const [bestMs, [ms = Number.NaN]] = [Math.min(...costs), costOf(situation, proposal)];
      if (!(ms <= bestMs * (1 + 1e-9))) misses.push(`${seed}: ${ms} instead of ${bestMs}`);
    }
    expect(misses).toEqual([]);
    expect(sending).toBeGreaterThan(NETWORKS / 10);
  });

  it('sends nothing when nothing may leave', () => {
    for (const seed of seeds) {
      const model = randomModel({ seed, blocks: 5, leaves: 'nothing' });
      const proposal = issued(randomSituation(model, seed));
      expect(sentBy(proposal)).toEqual([]);
      const device = model.blocks.map(({ digest }) => digest);
      expect(new Set(proposal.device)).toEqual(new Set(device));
    }
  });

  it('replaces a plan that the stricter policy forbids, for any cause', () => {
    let forbidden = 0;
    for (const seed of seeds.slice(0, NETWORKS / 4)) {
      const model = randomModel({ seed, blocks: 5, leaves: 'anything' });
      const current = documentOf(issued(randomSituation(model, seed)));
      const stricter = { ...model, leaves: 'features' as LeavesPolicy };
      const stay = mustStay(stricter);
      if (!current.uploads.some(({ tensor }) => stay.has(tensor))) continue;
      forbidden += 1;
      for (const cause of ['link', 'profile', 'drift', 'operator'] as const) {
        const next = issued(randomSituation(stricter, seed), current, cause);
        expect(sentBy(next).filter((tensor) => stay.has(tensor))).toEqual([]);
      }
    }
    expect(forbidden).toBeGreaterThan(NETWORKS / 40);
  });

  it('shares no search for rows with a model that lets more leave', () => {
    const known = new KnownCuts();
    for (const seed of seeds.slice(0, 20)) {
      const model = randomModel({ seed, blocks: 5, leaves: 'anything' });
      for (const leaves of leavesPolicies) {
        const ruled = { ...model, leaves };
        const stay = mustStay(ruled);
        const cuts = known.at(randomSituation(ruled, seed));
        const sent = cuts.flatMap(({ uploads }) => uploads.map(({ tensor }) => tensor));
        expect(sent.filter((tensor) => stay.has(tensor))).toEqual([]);
      }
    }
  });
});
