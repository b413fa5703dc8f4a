/** Random model documents for tests of planning, with times and a link; reproducible by seed. */
import type { Costs } from '../../../src/plans/pricing/planner-network.js';
import type { Situation } from '../../../src/plans/pricing/prediction.js';
import { type LeavesPolicy, type ModelDocument, seededRandom } from '../../../src/wire/index.js';
import { type DrawnBlocks, digestOf, drawnModel, exactOnly } from './drawn-models.js';

export interface ModelShape {
  readonly seed: number;
  /** Number of blocks. */
  readonly blocks: number;
  readonly leaves: LeavesPolicy;
  /** Blocks make one tensor each; by default some make two. */
  readonly isSingle?: boolean;
}

/** A model of one or two inputs: every block reads one to three earlier tensors, and some tensors still show an input. */
export function randomModel({ seed, blocks, leaves, isSingle }: ModelShape): ModelDocument {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const inputs = below(2) === 0 ? ['in'] : ['in', 'hint'];
  const made = [...inputs];
  const drawn: Record<string, DrawnBlocks[string]> = {};
  for (let i = 0; i < blocks; i++) {
    const reads = Array.from({ length: 1 + below(3) }, () => made[below(made.length)] ?? 'in');
    const makes = isSingle || below(3) > 0 ? [`t${i}`] : [`t${i}`, `s${i}`];
    drawn[`b${i}`] = [[...new Set(reads)], makes];
    made.push(...makes);
  }
  const read = new Set(Object.values(drawn).flatMap(([reads]) => reads));
  const model = drawnModel({
    ...{ inputs, blocks: drawn },
    outputs: made.filter((name) => !read.has(name) && !inputs.includes(name)),
    elements: Object.fromEntries(made.map((name) => [name, 1 + below(4000)])),
  });
  const tensors = model.tensors.map((tensor) =>
    !inputs.includes(tensor.name) && below(4) === 0
      ? { ...tensor, showsInput: true as const }
      : tensor,
  );
  return { ...model, tensors, leaves };
}

/** A situation of a model: times of blocks, and a link between 0.05 and 500 Mbps. */
export function randomSituation(
  model: ModelDocument,
  seed: number,
  changes: Partial<Situation> = {},
): Situation {
  const random = seededRandom(seed);
  const times = (most: number): Costs['deviceMs'] =>
    new Map(model.blocks.map(({ name }) => [digestOf(name), 0.1 + most * random()]));
  const mbps = 0.05 * 10_000 ** random();
  return {
    model,
    costs: {
      ...{ ...exactOnly, deviceMs: times(100), cloudMs: times(10) },
      ...{ source: 'tensor', maxBytes: 1e9 },
    },
    link: {
      ...{ uplinkMsPerByte: 8 / (1000 * mbps), rttMs: 40 * random() },
      ...{ ageMs: 0, confidence: 1, samples: 9 },
    },
    ...{ objective: 'frame', deadlineMs: null, creditBytes: 1e9 },
    ...changes,
  };
}
