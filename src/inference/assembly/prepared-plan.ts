/** A plan as inference uses it: by cut, the rules its chunks are checked by, and the tail its frames are run by. */
import { type AssignedPlan, cloudOutputs } from '../../plans/index.js';
import {
  type Chunk,
  cutOfTensor,
  cutsOf,
  type FramePlan,
  type ModelDocument,
} from '../../wire/index.js';
import type { Tail } from '../tail-process/tail.js';
import { type FrameRules, frameRulesOf } from './frame-rules.js';

export interface PreparedCut {
  readonly rules: FrameRules;
  readonly tail: Tail;
}

/** `pathOf` gives the file of a block. */
export class PreparedPlan {
  readonly cuts: readonly [PreparedCut, ...PreparedCut[]];
  private readonly plans: readonly FramePlan[];

  /** Throws MODEL_UNKNOWN when plan and model contradict each other. */
  constructor({ plan, model, modelId }: AssignedPlan, pathOf: (digest: string) => string) {
    const [own, ...others] = cutsOf(plan);
    const prepared = (cut: FramePlan): PreparedCut => preparedCut(cut, model, modelId, pathOf);
    this.plans = [own, ...others];
    this.cuts = [prepared(own), ...others.map(prepared)];
  }

  /** The cut a chunk is of, and the chunk with its tensor counted from the cut's first. */
  locate(chunk: Chunk): { cut: PreparedCut; chunk: Chunk } {
    const number = cutOfTensor(this.plans, chunk.tensorIndex);
    const { firstTensor = 0 } = this.plans[number] ?? {};
    const located = { ...chunk, tensorIndex: chunk.tensorIndex - firstTensor };
    return { cut: this.cuts[number] ?? this.cuts[0], chunk: located };
  }
}

function preparedCut(
  plan: FramePlan,
  model: ModelDocument,
  modelId: string,
  pathOf: (digest: string) => string,
): PreparedCut {
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
