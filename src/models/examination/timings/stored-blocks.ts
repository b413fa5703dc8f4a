/** Blocks as files named by their SHA-256, each run and timed once, and the proof that together they are the model. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Block, extractModel, serializeModel } from '../../../onnx/index.js';
import { openSession } from '../../../runtime/index.js';
import { type BlockProfile, type BlockSpec, Fault, type Tensor } from '../../../wire/index.js';
import { type Difference, largestDifference, TOLERATED_REL } from '../accuracy/difference.js';
import { Rounding } from '../accuracy/rounding.js';
import { type PreparedModel, runOnce } from '../inputs/prepared-model.js';
import { timeSession } from './timing.js';

const BUDGET = { warmUps: 2, minRuns: 5, maxRuns: 25, budgetMs: 300 };
const NAME_CHARACTERS = 256;

export interface StoredBlocks {
  readonly blocks: BlockSpec[];
  readonly profiles: BlockProfile[];
  readonly difference: Difference;
}

/**
 * Writes the blocks into a folder and runs them one after the other as a device and the cloud would.
 * Throws MODEL_REFUSED when their outputs are not those of the whole model.
 */
export async function storeBlocks(
  prepared: PreparedModel,
  parts: readonly Block[],
  { folder, threads }: { readonly folder: string; readonly threads: number },
  progress: (done: number) => void,
): Promise<StoredBlocks> {
  const tensors = new Map(prepared.feeds);
  const blocks: BlockSpec[] = [];
  const profiles: BlockProfile[] = [];
  for (const [i, part] of parts.entries()) {
    const bytes = bytesOfBlock(prepared, part);
    const digest = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(folder, digest), bytes);
    const { inputs, outputs } = part;
    blocks.push({
      digest,
      name: nameOf(prepared, part),
      bytes: bytes.length,
      inputs: [...inputs],
      outputs: [...outputs],
    });
    profiles.push({ digest, ...(await runBlock(bytes, tensors, threads)) });
    progress((i + 1) / parts.length);
  }
  const whole = await runOnce(prepared.model, prepared.feeds, threads);
  const difference = largestDifference(
    tensors,
    whole,
    new Rounding(prepared.model, prepared.values),
  );
  if (difference.rel > TOLERATED_REL) {
    throw new Fault(
      'MODEL_REFUSED',
      `model refused: split into blocks it gives other numbers (by ${difference.abs})`,
    );
  }
  return { blocks, profiles, difference };
}

function bytesOfBlock(
  { model, values: tensors, varying }: PreparedModel,
  { nodes, inputs, outputs }: Block,
): Uint8Array {
  return serializeModel(extractModel(model, nodes, { inputs, outputs, tensors, varying }));
}

/** Runs and times a block on the tensors made so far, and adds its own. */
async function runBlock(bytes: Uint8Array, tensors: Map<string, Tensor>, threads: number) {
  const session = await openSession(bytes, { threads });
  const feeds = new Map([...tensors].filter(([name]) => session.inputs.includes(name)));
  const { timing, outputs } = await timeSession(session, feeds, BUDGET);
  await session.release();
  for (const [name, tensor] of outputs) tensors.set(name, tensor);
  return timing;
}

/** `conv1 … pool3`: from the name of its first unit to that of its last. */
function nameOf({ units }: PreparedModel, { units: ids }: Block): string {
  const names = units.units.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
  const [first = '', last = ''] = [names.at(0), names.at(-1)];
  return (first === last ? first : `${first} … ${last}`).slice(0, NAME_CHARACTERS);
}
