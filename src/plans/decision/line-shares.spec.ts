/** Plans of devices that share a line: within its rate, and no worse than each for itself. */
import { describe, expect, it } from 'vitest';
import { randomModel, randomSituation } from '../../../test/support/networks/random-models.js';
import {
  contention,
  lineLoadMbps,
  type ServedPlan,
} from '../../../test/support/planner/shared/line-oracle.js';
import { type DesiredPlan, seededRandom } from '../../wire/index.js';
import { limitsFor } from '../pricing/frame-limits.js';
import { mbpsOf } from '../pricing/link-estimates.js';
import type { LineShare } from '../pricing/pace-margin.js';
import type { Situation } from '../pricing/prediction.js';
import { answerLine, LINE_SLACK, type LineMember } from '../sites/line-question.js';
import { bestPlan } from './best-plan.js';
import { decide } from './decide.js';

/** Set it for a longer search for breaches. */
const SITES = Number(process.env.FLOTILLA_TEST_NETWORKS ?? 40);
const NO_LIMITS = { bytesPrice: null, deviceMemoryBytes: null };
/** A pattern of whole frames can sustain less than the mix that a share was made for; of few sites by much. */
const [SLIGHT, MOST, FEW] = [1.02, 1.5, 0.01];

interface Site {
  readonly members: readonly (LineMember & { readonly situation: Situation })[];
  /** How each device would be served alone at the line. */
  readonly alone: readonly ServedPlan[];
  readonly mbps: number;
}

/** Two to five devices of different networks behind a line that is mostly too slow for what they send alone. */
function randomSite(seed: number): Site {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const members = Array.from({ length: 2 + below(4) }, (_, i) => {
    const model = randomModel({
      ...{ seed: seed + 97 * i, blocks: 2 + below(3), isSingle: below(2) === 0 },
      leaves: 'anything',
    });
    const uplinkMsPerByte = 8 / (1000 * (5 + 60 * random()));
    const situation = randomSituation(model, seed + 31 * i);
    const link = { ...situation.link, uplinkMsPerByte };
    const intervalMs = [20, 60, 200, 600][below(4)] ?? 60;
    return { device: `d-${i}`, situation: { ...situation, link }, intervalMs };
  });
  const asked = members.map((member) => served(member, undefined, Number.POSITIVE_INFINITY));
  const mbps = Math.max(0.05, lineLoadMbps(asked) * ([0.15, 0.4, 0.8, 1.5][below(4)] ?? 1));
  const alone = members.map((member) => served(member, undefined, mbps));
  return { members, alone, mbps };
}

/** The plan that a device makes for itself: with its share of the line, or as if the line were its own. */
function served(
  { situation, intervalMs }: Site['members'][number],
  line: LineShare | undefined,
  mbps: number,
): ServedPlan {
  const uplinkMsPerByte = 8 / (1000 * Math.min(mbps, mbpsOf(situation.link)));
  const limits = limitsFor(NO_LIMITS, undefined, line?.bytesPrice);
  const paceMs = Math.max(intervalMs, line?.intervalMs ?? 0);
  const plan = bestPlan({
    ...situation,
    link: { ...situation.link, uplinkMsPerByte },
    ...{ objective: 'paced', intervalMs: paceMs, workers: 4 },
    ...(line !== undefined && { line }),
    ...(limits !== undefined && { limits }),
  });
  if (plan.kind === 'impossible') throw new Error(plan.because);
  return { ...plan, servedMs: plan.paced?.sustainedMs ?? Number.NaN };
}

describe('the shares of a line', () => {
  it(
    'keep the bytes of all plans within its rate, and the slowest device no slower than without them',
    () => {
      let [shared, slower] = [0, 0];
      const breaches: string[] = [];
      for (let n = 1; n <= SITES; n++) {
        const { members, alone, mbps } = randomSite(7919 * n);
        const answer = answerLine({ site: 'barn', mbps, members });
        if (answer.kind === 'impossible') throw new Error(answer.because);
        if (answer.kind === 'shared') shared += 1;
        const shares = answer.kind === 'shared' ? answer.shares : [];
        const plans = members.map((member, i) => served(member, shares[i], mbps));
        const load = lineLoadMbps(plans) / mbps;
        const slowdown = Math.max(
          ...plans.map(({ servedMs }, i) => servedMs / (alone[i]?.servedMs ?? Number.NaN)),
        );
        const without = contention(alone, (1 - LINE_SLACK) * mbps);
        if (!(load <= 1)) breaches.push(`site ${n}: load ${load}`);
        if (!(slowdown <= SLIGHT * without)) slower += 1;
        if (!(slowdown <= MOST * without)) {
          breaches.push(`site ${n}: slowed down ${slowdown} times, ${without} without shares`);
        }
      }
      expect(breaches).toEqual([]);
      expect(slower).toBeLessThanOrEqual(FEW * SITES);
      expect(shared).toBeGreaterThan(SITES / 4);
    },
    30_000 + 300 * SITES,
  );

  it('are no limit on a line with room', () => {
    const { members } = randomSite(7919);
    const answer = answerLine({ site: 'barn', mbps: 1000, members });
    expect(answer.kind).toBe('free');
  });
});

describe('a share of a line', () => {
  const { members, mbps } = randomSite(7919);
  const [first] = members;
  const line = { site: 'barn', bytesPrice: 2, mbps: mbps / 4, intervalMs: 500, slowdown: 2.5 };
  if (first === undefined) throw new Error('no device');
  const free: Situation = { ...first.situation, objective: 'paced', intervalMs: 200 };
  const full: Situation = { ...free, line, limits: { bytesPrice: 2 }, intervalMs: 500 };
  const planOf = (situation: Situation, current?: DesiredPlan) => {
    const decision = decide({ situation, current, cause: 'site' });
    if (decision.kind !== 'issue') throw new Error(decision.kind);
    const cause = { code: 'operator' as const, text: decision.text };
    const head = { v: 1 as const, version: 1, at: '2026-01-01T00:00:00Z', cause };
    return { ...head, ...decision.proposal };
  };

  it('leads to a plan that has the price, the interval and the share, and says why', () => {
    const plan = planOf(full, planOf(free));
    expect(plan.cause.text).toContain(
      "each KB of a frame must save 2 ms, 2 ms of it because the line of site 'barn' is full",
    );
    expect([plan.limits, plan.paced?.intervalMs]).toEqual([{ bytesPrice: 2 }, 500]);
    const usable = Math.max(0.1, line.mbps / mbpsOf(full.link));
    expect(plan.paced?.margins?.uplink).toBeCloseTo(1 - usable);
    expect(decide({ situation: full, current: plan, cause: 'site' }).kind).toBe('keep');
  });

  it('leads to a plan without them when it goes', () => {
    const plan = planOf(free, planOf(full));
    expect(plan.cause.text).toContain('bytes have no price any more');
    expect([plan.limits, plan.paced?.intervalMs]).toEqual([undefined, 200]);
  });

  it('leads to a plan for a longer interval where the price is the same', () => {
    const longer = { ...full, line: { ...line, intervalMs: 900 }, intervalMs: 900 };
    expect(planOf(longer, planOf(full)).cause.text).toBe(
      "the line of site 'barn' leaves it a frame every 900 ms",
    );
  });
});
