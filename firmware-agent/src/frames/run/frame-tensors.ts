/** Tensors of one frame by name, filled by its device part and its cloud part. */
import {
  type BlockSpec,
  Fault,
  type FramePlan,
  isLossy,
  type ModelDocument,
  type Tensor,
} from '../../../../src/wire/index.js';

/** Holds inputs, uploads and outputs; other tensors never leave the compute thread. */
export class FrameTensors {
  private readonly tensors: Map<string, Tensor>;
  private readonly blocks: ReadonlyMap<string, BlockSpec>;
  private readonly kept: ReadonlySet<string>;

  constructor(
    private readonly model: ModelDocument,
    plan: FramePlan | null,
    inputs: readonly { readonly name: string; readonly tensor: Tensor }[],
  ) {
    this.tensors = new Map(inputs.map(({ name, tensor }) => [name, tensor]));
    this.blocks = new Map(model.blocks.map((block) => [block.digest, block]));
    // An upload with a lossy encoding is encoded in the compute thread and does not leave it raw.
    const uploads = plan?.uploads.filter(({ encoding }) => !isLossy(encoding)) ?? [];
    this.kept = new Set([
      ...uploads.map(({ tensor }) => tensor),
      ...model.outputs.map(({ name }) => name),
    ]);
  }

  /** Names of the tensors that a block makes. */
  outputsOf(digest: string): readonly string[] {
    return this.blocks.get(digest)?.outputs ?? [];
  }

  /** True for an upload or an output of the model. */
  isKept(name: string): boolean {
    return this.kept.has(name);
  }

  get(name: string): Tensor | undefined {
    return this.tensors.get(name);
  }

  add(tensors: Iterable<readonly [string, Tensor]>): void {
    for (const [name, tensor] of tensors) this.tensors.set(name, tensor);
  }

  /** The outputs of the model. Throws FRAME_FAILED when one is missing. */
  outputs(): ReadonlyMap<string, Tensor> {
    const outputs = new Map<string, Tensor>();
    for (const { name } of this.model.outputs) {
      const tensor = this.tensors.get(name);
      if (tensor === undefined) throw new Fault('FRAME_FAILED', `output ${name} was not computed`);
      outputs.set(name, tensor);
    }
    return outputs;
  }
}
