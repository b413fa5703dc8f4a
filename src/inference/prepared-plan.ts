/** A plan as inference uses it: the rules its chunks are checked by, and the tail its frames are run by. */
import { type AssignedPlan, cloudOutputs } from '../plans/index.js';
import { type FrameRules, frameRulesOf } from './frame-rules.js';
import type { Tail } from './tail.js';

export interface PreparedPlan {
  readonly rules: FrameRules;
  readonly tail: Tail;
}

/** `pathOf` gives the file of a block. Throws MODEL_UNKNOWN when plan and model contradict each other. */
export function preparedPlan(
  { plan, model, modelId }: AssignedPlan,
  pathOf: (digest: string) => string,
): PreparedPlan {
  const rules = frameRulesOf(plan, model);
  const tensors = rules.tensors.map(({ name, dtype, dims, image }, i) => ({
    ...{ name, dtype, dims, encoding: plan.uploads[i]?.encoding ?? 'raw' },
    ...{ scale: 1, zeroPoint: 0 },
    ...(image === undefined ? {} : { image }),
  }));
  const blocks = plan.cloud.map((digest) => ({ digest, path: pathOf(digest) }));
  const outputs = cloudOutputs(model, plan);
  return { rules, tail: { model: modelId, blocks, tensors, outputs } };
}
