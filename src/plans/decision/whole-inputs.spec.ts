/** Plans of a device that runs no blocks, of one that reads only small plans, and of one that sends few encodings. */
import { describe, expect, it } from 'vitest';
import { randomModel, randomSituation } from '../../../test/support/networks/random-models.js';
import {
  cutsOf,
  type DesiredPlan,
  type Encoding,
  type LeavesPolicy,
  type ModelDocument,
} from '../../wire/index.js';
import type { PlanCause } from '../budget/causes.js';
import type { Situation } from '../pricing/prediction.js';
import { answerLine } from '../sites/line-question.js';
import { type Decision, decide } from './decide.js';
import { KnownCuts } from './plan-rows.js';
import type { Proposal } from './proposal.js';

const seeds = Array.from({ length: 8 }, (_, i) => 4561 * (i + 1));
const OBJECTIVES: Partial<Situation>[] = [
  { objective: 'frame' },
  { objective: 'stream' },
  { objective: 'paced', intervalMs: 40 },
];
/** As a device without blocks is planned for: a block takes an hour, and none may be held. */
const HOUR_MS = 3_600_000;

const modelOf = (seed: number, leaves: LeavesPolicy = 'anything'): ModelDocument =>
  randomModel({ seed, blocks: 3 + (seed % 4), leaves });

function withoutBlocks(model: ModelDocument, seed: number, changes: Partial<Situation> = {}) {
  const given = randomSituation(model, seed, changes);
  const deviceMs = new Map(model.blocks.map(({ digest }) => [digest, HOUR_MS]));
  return {
    ...given,
    costs: { ...given.costs, deviceMs },
    limits: { deviceMemoryBytes: 0 },
  } satisfies Situation;
}

const documentOf = (proposal: Proposal): DesiredPlan => ({
  ...{ v: 1, version: 1, at: '2026-01-01T00:00:00Z', cause: { code: 'first', text: '' } },
  ...proposal,
});

const decided = (situation: Situation, current?: DesiredPlan, cause: PlanCause = 'first') =>
  decide({ situation, current, cause }, new KnownCuts().at);

function issued(decision: Decision): DesiredPlan {
  if (decision.kind !== 'issue') throw new Error(`no plan: ${JSON.stringify(decision)}`);
  return documentOf(decision.proposal);
}

/** By hand: the inputs that some block reads. */
const readInputs = ({ inputs, blocks }: ModelDocument): string[] =>
  inputs.map(({ name }) => name).filter((name) => blocks.some((one) => one.inputs.includes(name)));

describe('a device that runs no blocks', () => {
  it('sends its inputs whole in every cut, for any objective', () => {
    for (const seed of seeds) {
      for (const changes of OBJECTIVES) {
        const model = modelOf(seed);
        const plan = issued(decided(withoutBlocks(model, seed, changes)));
        for (const cut of cutsOf(plan)) {
          expect(cut.device).toEqual([]);
          expect(cut.cloud).toEqual(model.blocks.map(({ digest }) => digest));
          expect(cut.uploads.map(({ tensor }) => tensor).sort()).toEqual(readInputs(model).sort());
        }
      }
    }
  });

  it('waits for the cloud and not for an hour of its own', () => {
    const [seed = 1] = seeds;
    const plan = issued(decided(withoutBlocks(modelOf(seed), seed)));
    expect(plan.deadlineMs).toBe(Math.max(1000, 3 * plan.predicted.totalMs));
  });

  it.each(['features', 'nothing'] as const)(
    'has no plan where %s may leave it, and learns why',
    (leaves) => {
      for (const seed of seeds) {
        const decision = decided(withoutBlocks(modelOf(seed, leaves), seed));
        const because = `the device runs no blocks, and leaves of model drawn is ${leaves}: input in must not leave it`;
        expect(decision).toEqual({ kind: 'impossible', because });
      }
    },
  );

  it.each<[string, Partial<Situation>, Encoding[] | undefined, RegExp]>([
    [
      'no encoding holds its inputs',
      {},
      ['pixels'],
      /input in has no form in its encodings: pixels$/,
    ],
    ['it sends no encoding', {}, [], /in its encodings: none$/],
    ['its inputs are larger than it may send', { creditBytes: 3 }, undefined, /3 are allowed$/],
    [
      'an operator ordered it to run all',
      { strategy: 'local' },
      undefined,
      /^the device runs no blocks: /,
    ],
  ])('has no plan where %s', (_, changes, spoken, because) => {
    const [seed = 1] = seeds;
    const given = withoutBlocks(modelOf(seed), seed, changes);
    const costs = { ...given.costs, ...(spoken && { spoken }) };
    const decision = decided({ ...given, costs });
    expect(decision).toMatchObject({ kind: 'impossible', because: expect.stringMatching(because) });
  });

  it('has a share of the line of its site that its whole inputs fit', () => {
    const [seed = 1] = seeds;
    const model = modelOf(seed);
    const sizes = model.tensors.filter(({ name }) => readInputs(model).includes(name));
    const inputBytes = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    // Two devices with a frame every 20 ms: together they want four times the line.
    const mbps = (2 * 8 * inputBytes) / 20 / 1000 / 4;
    const link = { uplinkMsPerByte: 1e-4, rttMs: 10, ageMs: 0, confidence: 1, samples: 9 };
    const situation = withoutBlocks(model, seed, { link });
    const members = ['a', 'b'].map((device) => ({ device, situation, intervalMs: 20 }));
    const answer = answerLine({ site: 'yard', mbps, members });
    if (answer.kind !== 'shared') throw new Error(`the line is ${answer.kind}`);
    for (const share of answer.shares) {
      expect((share.mbps * 1000 * share.intervalMs) / 8).toBeGreaterThanOrEqual(inputBytes);
    }
    const used = answer.shares.reduce((sum, share) => sum + share.mbps, 0);
    expect(used).toBeLessThanOrEqual(mbps);
  });

  it('gets another plan when it says that it runs blocks, and back', () => {
    const [seed = 1] = seeds;
    const model = modelOf(seed);
    const first = issued(decided(withoutBlocks(model, seed)));
    const able = decided(randomSituation(model, seed), first, 'source');
    const second = issued(able);
    expect(second.limits).toBeUndefined();
    const third = decided(withoutBlocks(model, seed), second, 'source');
    expect(third).toMatchObject({ text: expect.stringContaining('the device runs no blocks') });
  });
});

describe('a small plan', () => {
  it('has one cut, no table, no mix and no alternatives, for any objective and device', () => {
    for (const seed of seeds) {
      for (const changes of OBJECTIVES) {
        const model = modelOf(seed);
        const small = { ...changes, isSmall: true as const };
        for (const given of [
          randomSituation(model, seed, small),
          withoutBlocks(model, seed, small),
        ]) {
          const plan = issued(decided(given));
          expect([plan.table, plan.mix, plan.alternatives]).toEqual([undefined, undefined, []]);
          expect(cutsOf(plan)).toHaveLength(1);
          // No cause alone leads to another one, while nothing changes.
          for (const cause of ['link', 'profile', 'source', 'operator'] as const) {
            expect(decided(given, plan, cause)).toMatchObject({ kind: 'keep' });
          }
        }
      }
    }
  });

  it('serves frames at an interval no worse than any single cut of the whole plan', () => {
    for (const seed of seeds) {
      const model = modelOf(seed);
      const paced = { objective: 'paced' as const, intervalMs: 40 };
      const whole = issued(decided(randomSituation(model, seed, paced)));
      const small = issued(decided(randomSituation(model, seed, { ...paced, isSmall: true })));
      expect(small.paced?.intervalMs).toBe(40);
      if (whole.mix === undefined) expect(small.uploads).toEqual(whole.uploads);
      else expect(small.paced?.sustainedMs).toBeGreaterThanOrEqual(whole.paced?.sustainedMs ?? 0);
    }
  });

  it('takes the place of a whole one when the device asks for it, and back', () => {
    const [seed = 1] = seeds;
    const whole = randomSituation(modelOf(seed), seed);
    const small = { ...whole, isSmall: true as const };
    const first = issued(decided(whole));
    const asked = decided(small, first, 'source');
    expect(asked).toMatchObject({ text: expect.stringContaining('the device reads small plans') });
    const again = decided(whole, issued(asked), 'source');
    expect(again).toMatchObject({ text: expect.stringContaining('the device reads whole plans') });
  });
});

describe('a plan with a row in an encoding that the device no longer sends', () => {
  it('is replaced, although its own cut can stay', () => {
    const replaced: string[] = [];
    // So slow that the device runs all by itself, and only its rows send something.
    const link = { uplinkMsPerByte: 8, rttMs: 20, ageMs: 0, confidence: 1, samples: 9 };
    for (const seed of seeds) {
      const model = modelOf(seed);
      const given = randomSituation(model, seed, { link });
      const lossy = new Map(model.tensors.map(({ name }) => [name, ['u8'] as const]));
      const spoken = ['raw', 'u8'] as const;
      const able = { ...given, costs: { ...given.costs, lossy, spoken } };
      const current = issued(decided(able));
      const sent = cutsOf(current).flatMap(({ uploads }) =>
        uploads.map(({ encoding }) => encoding),
      );
      if (!sent.includes('u8')) continue;
      const plan = issued(decided(given, current, 'source'));
      const now = cutsOf(plan).flatMap(({ uploads }) => uploads.map(({ encoding }) => encoding));
      expect(now).not.toContain('u8');
      if (current.uploads.every(({ encoding }) => encoding === 'raw')) replaced.push(`${seed}`);
    }
    expect(replaced.length).toBeGreaterThan(0);
  });
});
