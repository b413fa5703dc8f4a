/** The best class of a frame, where the model says that an output holds scores of classes. */
import {
  type FrameRecord,
  type ModelDocument,
  numbersOf,
  type Tensor,
} from '../../../../src/wire/index.js';

export type BestClass = NonNullable<FrameRecord['answer']>;

/** Undefined when the model has no output of classes, or no score is a number. */
export function bestClass(
  model: ModelDocument,
  outputs: ReadonlyMap<string, Tensor>,
): BestClass | undefined {
  const spec = model.outputs.find(({ kind }) => kind === 'classes');
  const tensor = spec && outputs.get(spec.name);
  if (spec === undefined || tensor === undefined) return undefined;
  let index = -1;
  let score = Number.NEGATIVE_INFINITY;
  for (const [i, value] of numbersOf(tensor).entries()) {
    if (value <= score || !Number.isFinite(value)) continue;
    index = i;
    score = value;
  }
  if (index < 0) return undefined;
  const label = spec.labels?.[index];
  return { index, score, ...(label !== undefined && { label }) };
}
