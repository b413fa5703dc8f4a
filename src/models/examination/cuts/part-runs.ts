/** Runs parts of a network as sub-models; a part with known inputs is not run again. */
import { createHash } from 'node:crypto';
import { type Block, extractModel, serializeModel } from '../../../onnx/index.js';
import { openSession } from '../../../runtime/index.js';
import type { Tensor } from '../../../wire/index.js';
import type { PreparedModel } from '../inputs/prepared-model.js';

type Tensors = ReadonlyMap<string, Tensor>;

export class PartRuns {
  private readonly results = new Map<string, Tensors>();
  private readonly digests = new WeakMap<Tensor, string>();

  constructor(
    private readonly prepared: PreparedModel,
    private readonly threads: number,
    /** Whether results are kept: only worth their memory when parts recur. */
    private readonly keepsResults: boolean,
  ) {}

  /** The outputs of a part fed with what it reads of some tensors. */
  async run(part: Block, tensors: Tensors): Promise<Tensors> {
    const feeds = new Map([...tensors].filter(([name]) => part.inputs.includes(name)));
    if (!this.keepsResults) return this.runPart(part, feeds);
    const key = [part.units, ...[...feeds.values()].map((one) => this.digestOf(one))].join();
    const outputs = this.results.get(key) ?? (await this.runPart(part, feeds));
    this.results.set(key, outputs);
    return outputs;
  }

  private async runPart({ nodes, inputs, outputs }: Block, feeds: Tensors): Promise<Tensors> {
    const { model, values: tensors, varying } = this.prepared;
    const part = extractModel(model, nodes, { inputs, outputs, tensors, varying });
    const session = await openSession(serializeModel(part), { threads: this.threads });
    const results = await session.run(feeds);
    await session.release();
    return results;
  }

  private digestOf(tensor: Tensor): string {
    const known = this.digests.get(tensor);
    if (known !== undefined) return known;
    const digest = createHash('sha1').update(tensor.data).digest('base64');
    this.digests.set(tensor, digest);
    return digest;
  }
}
