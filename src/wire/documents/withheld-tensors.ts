/** Tensors that the policy `leaves` of a model keeps on the device (docs/models.md, “What leaves the device”). */
import { type LeavesPolicy, leavesPolicies } from '../pictures/manifest.js';
import type { DesiredPlan, ModelDocument } from './desired-documents.js';
import { cutsOf } from './plan-cuts.js';

/** What the policy of a model is judged by. */
export interface LeavesRule {
  readonly leaves?: LeavesPolicy | undefined;
  readonly inputs: readonly Pick<ModelDocument['inputs'][number], 'name'>[];
  readonly tensors: readonly Pick<ModelDocument['tensors'][number], 'name' | 'showsInput'>[];
}

/** A test of tensor names: true for one that must stay on the device, in every encoding. O(inputs + tensors) to make. */
export function withheldBy({
  leaves = 'anything',
  inputs,
  tensors,
}: LeavesRule): (tensor: string) => boolean {
  if (leaves !== 'features') return () => leaves === 'nothing';
  const shown = tensors.filter(({ showsInput }) => showsInput === true);
  const withheld = new Set([...inputs, ...shown].map(({ name }) => name));
  return (tensor) => withheld.has(tensor);
}

/** The first tensor that a plan sends, in any of its cuts, though it must stay; undefined when there is none. */
export function withheldUpload(plan: DesiredPlan, rule: LeavesRule): string | undefined {
  const isWithheld = withheldBy(rule);
  return cutsOf(plan)
    .flatMap(({ uploads }) => uploads)
    .find(({ tensor }) => isWithheld(tensor))?.tensor;
}

/** True when a policy keeps more on the device than another; an absent policy keeps nothing. */
export function isStricter(
  policy: LeavesPolicy | undefined,
  than: LeavesPolicy | undefined,
): boolean {
  const rank = (one: LeavesPolicy = 'anything'): number => leavesPolicies.indexOf(one);
  return rank(policy) > rank(than);
}
