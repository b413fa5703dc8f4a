import { pino } from 'pino';
import { expect, it } from 'vitest';
import { digestOf, drawnModel } from '../../test/support/networks/drawn-models.js';
import type { ModelsService } from '../models/index.js';
import type { AssignedPlan, PlansService } from '../plans/index.js';
import { Clock, type Config, type Health } from '../platform/index.js';
import type { Chunk } from '../wire/index.js';
import type { FrameEnds } from './answers/frame-ends.js';
import type { ByteBudget } from './assembly/byte-budget.js';
import { InferenceService } from './inference.service.js';
import type { TailPool } from './tail-pool/tail-pool.js';

/** A service with one plan, and the number of times that it prepared the plan. */
function counted() {
  const model = drawnModel({
    ...{ inputs: ['in'], outputs: ['y'], elements: { in: 10 } },
    blocks: { a: [['in'], ['y']] },
  });
  const plan = { model: model.digest, uploads: [], cloud: [digestOf('a')], device: [] };
  const assigned = { plan, model, modelId: 'm' } as unknown as AssignedPlan;
  let prepared = 0;
  const blockPath = (digest: string) => {
    prepared += 1;
    return digest;
  };
  const ends = { hasEnded: () => false, arrived: () => undefined, refuse: () => undefined };
  const inference = new InferenceService(
    { prepare: () => undefined } as unknown as TailPool,
    {} as unknown as ByteBudget,
    ends as unknown as FrameEnds,
    { assigned: () => assigned } as unknown as PlansService,
    { blockPath } as unknown as ModelsService,
    new Clock(),
    { framesPerDevice: 1 } as unknown as Config,
    {} as unknown as Health,
    pino({ level: 'silent' }),
  );
  // Its rules are read; whether it is of the plan does not matter here.
  const chunk = { frame: 'f', planVersion: 1, tensorIndex: 0 } as unknown as Chunk;
  return {
    inference,
    takeChunk: () => inference.takeChunk('pi', chunk, assigned),
    prepared: () => prepared,
  };
}

it('prepares a plan again when the policy of what leaves devices changes, not when it stays', () => {
  const { inference, takeChunk, prepared } = counted();
  const policies = ['features', 'features', 'anything', 'anything'] as const;
  const counts = policies.map((leaves) => {
    inference.policyChanged('m', leaves, false);
    takeChunk();
    return prepared();
  });
  expect(counts).toEqual([1, 1, 2, 2]);
});

it('keeps what it prepared for frames, and nothing for a device that only applied its plan', () => {
  const { inference, takeChunk, prepared } = counted();
  const steps = [
    () => inference.warmUp('pi', 1),
    takeChunk,
    takeChunk,
    () => inference.warmUp('pi', 1),
  ];
  const counts = steps.map((step) => {
    step();
    return prepared();
  });
  expect(counts).toEqual([1, 2, 2, 2]);
});
