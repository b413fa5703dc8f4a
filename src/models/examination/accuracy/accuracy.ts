/**
 * The effect on the outputs of each lossy encoding of each tensor that can cross from device to cloud. Measured by
 * encoding and decoding the tensor, then running the blocks behind it. One tensor at a time: the errors of a cut that
 * sends several add up.
 */
import { openSession, type Session } from '../../../runtime/index.js';
import {
  type BlockSpec,
  decodeTensor,
  encodeTensor,
  type LossyEncoding,
  lossyEncodings,
  numbersOf,
  type Tensor,
  type TensorType,
} from '../../../wire/index.js';
import type { Examined } from '../examined.js';
import type { BlockNetwork } from './block-network.js';
import { largestDifference } from './difference.js';

export type Sample = ReadonlyMap<string, Tensor>;
export type EncodedLoss = NonNullable<Examined['accuracy']>['tensors'][number];

/** Every tensor is measured on one sample at least; further ones are begun within this time. */
const BUDGET_MS = 6000;

interface Candidate {
  readonly tensor: string;
  readonly encoding: LossyEncoding;
  maxRelativeError: number;
  agreed: number;
}

/** The losses, and the number of samples they were measured on. */
export async function measureLosses(
  { outputs, types, blocks, pathOf }: BlockNetwork,
  samples: readonly Sample[],
  threads: number,
  progress: (done: number) => void,
): Promise<{ tensors: EncodedLoss[]; inputs: number }> {
  const candidates = candidatesOf(blocks, types);
  const chain = await BlockChain.open(blocks, pathOf, threads);
  const startMs = performance.now();
  let inputs = 0;
  for (const sample of samples) {
    if (inputs > 0 && performance.now() - startMs > BUDGET_MS) break;
    const exact = await chain.run(sample);
    for (const candidate of candidates) await measure(candidate, chain, exact, outputs);
    inputs += 1;
    progress(inputs / samples.length);
  }
  await chain.release();
  const hasClasses = outputs.some(({ kind }) => kind === 'classes');
  const tensors = candidates.map(({ agreed, ...loss }) => ({
    ...loss,
    top1Agreement: hasClasses ? agreed / inputs : null,
  }));
  return { tensors, inputs };
}

/** Float tensors that a block reads, under each lossy encoding. */
function candidatesOf(
  blocks: readonly BlockSpec[],
  types: ReadonlyMap<string, TensorType>,
): Candidate[] {
  const read = [...new Set(blocks.flatMap(({ inputs }) => inputs))];
  return read
    .filter((name) => types.get(name)?.dtype === 'float32')
    .flatMap((tensor) =>
      lossyEncodings.map((encoding) => ({ tensor, encoding, maxRelativeError: 0, agreed: 0 })),
    );
}

async function measure(
  candidate: Candidate,
  chain: BlockChain,
  exact: Sample,
  outputs: BlockNetwork['outputs'],
): Promise<void> {
  const { tensor: name, encoding } = candidate;
  const tensor = exact.get(name);
  if (tensor === undefined) return;
  const changed = decodeTensor(tensor, encodeTensor(tensor, encoding));
  const got = await chain.runChanged(new Map([[name, changed]]), exact);
  const wanted = outputs.flatMap(({ name: output }) => {
    const of = exact.get(output);
    return of === undefined ? [] : [[output, of] as const];
  });
  const { rel } = largestDifference(new Map([...exact, ...got]), wanted);
  candidate.maxRelativeError = Math.max(candidate.maxRelativeError, rel);
  const hasAgreed = outputs.every(
    ({ name: output, kind }) =>
      kind !== 'classes' || isSameBest(got.get(output), exact.get(output)),
  );
  if (hasAgreed) candidate.agreed += 1;
}

/** True when the largest number is at the same place; a tensor that did not change agrees. */
function isSameBest(got: Tensor | undefined, wanted: Tensor | undefined): boolean {
  return got === undefined || wanted === undefined || bestOf(got) === bestOf(wanted);
}

function bestOf(tensor: Tensor): number {
  let best = 0;
  const numbers = numbersOf(tensor);
  for (const [i, number] of numbers.entries()) if (number > (numbers[best] ?? 0)) best = i;
  return best;
}

/** The blocks of a model, open and in order. */
class BlockChain {
  private constructor(
    private readonly blocks: readonly { readonly spec: BlockSpec; readonly session: Session }[],
  ) {}

  static async open(
    specs: readonly BlockSpec[],
    pathOf: BlockNetwork['pathOf'],
    threads: number,
  ): Promise<BlockChain> {
    const blocks = [];
    for (const spec of specs) {
      blocks.push({ spec, session: await openSession(pathOf(spec.digest), { threads }) });
    }
    return new BlockChain(blocks);
  }

  /** All tensors between blocks, and the outputs. */
  async run(inputs: Sample): Promise<Sample> {
    return new Map([...inputs, ...(await this.runChanged(inputs, new Map()))]);
  }

  /** The tensors that change with some changed ones: runs only the blocks behind them, on the known other tensors. */
  async runChanged(changed: Sample, known: Sample): Promise<Sample> {
    const now = new Map(changed);
    for (const { spec, session } of this.blocks) {
      if (known.size > 0 && !spec.inputs.some((name) => now.has(name))) continue;
      const feeds = session.inputs.flatMap((name) => {
        const tensor = now.get(name) ?? known.get(name);
        return tensor === undefined ? [] : [[name, tensor] as const];
      });
      for (const [name, tensor] of await session.run(new Map(feeds))) now.set(name, tensor);
    }
    return now;
  }

  async release(): Promise<void> {
    for (const { session } of this.blocks) await session.release();
  }
}
