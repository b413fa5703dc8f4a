/** Runs blocks on frames: the sessions that are open, and the values each frame has so far, in the runtime's own memory. */
import type { ComputeMethod, ComputeMethods, NamedTensors } from './compute-protocol.js';
import { EmulatedProcessor } from './emulated-processor.js';
import { type BlockSession, type Runtime, tensorOf, type Value } from './runtime.js';

type Handlers = {
  [M in ComputeMethod]: (body: ComputeMethods[M][0]) => Promise<ComputeMethods[M][1]>;
};

export class BlockRunner implements Handlers {
  private readonly sessions = new Map<string, BlockSession>();
  private readonly frames = new Map<string, Map<string, Value>>();
  private readonly processor: EmulatedProcessor;

  constructor(
    private readonly runtime: Runtime,
    slowdown: number,
  ) {
    this.processor = new EmulatedProcessor(slowdown);
  }

  async open({ blocks }: ComputeMethods['open'][0]): Promise<undefined> {
    for (const { digest, path } of blocks) {
      if (!this.sessions.has(digest)) this.sessions.set(digest, await this.runtime.open(path));
    }
  }

  async keep({ digests }: ComputeMethods['keep'][0]): Promise<undefined> {
    const kept = new Set(digests);
    for (const [digest, session] of this.sessions) {
      if (kept.has(digest)) continue;
      this.sessions.delete(digest);
      await session.release();
    }
  }

  async begin({ frame, inputs }: ComputeMethods['begin'][0]): Promise<undefined> {
    const values = inputs.map(([name, tensor]) => [name, this.runtime.valueOf(tensor)] as const);
    this.frames.set(frame, new Map(values));
  }

  /** Takes as long as the emulated device would. */
  async run({
    frame,
    digest,
    wanted,
  }: ComputeMethods['run'][0]): Promise<ComputeMethods['run'][1]> {
    const { value, ms } = await this.processor.run(digest, () => this.runBlock(frame, digest));
    const tensors: NamedTensors = [...value]
      .filter(([name]) => wanted.includes(name))
      .map(([name, output]) => [name, tensorOf(output)]);
    return { ms, tensors };
  }

  /** Says how long the emulated device would take, without taking it. */
  async measure({
    frame,
    digest,
  }: ComputeMethods['measure'][0]): Promise<ComputeMethods['measure'][1]> {
    const { ms } = await this.processor.measure(digest, () => this.runBlock(frame, digest));
    return { ms };
  }

  async end({ frame }: ComputeMethods['end'][0]): Promise<undefined> {
    this.frames.delete(frame);
  }

  async close(): Promise<undefined> {
    await this.keep({ digests: [] });
  }

  private async runBlock(frame: string, digest: string): Promise<ReadonlyMap<string, Value>> {
    const values = this.frames.get(frame);
    if (values === undefined) throw new Error(`frame ${frame} was not begun`);
    const session = this.sessions.get(digest);
    if (session === undefined) throw new Error(`block ${digest} is not loaded`);
    const outputs = await session.run(values);
    for (const [name, value] of outputs) values.set(name, value);
    return outputs;
  }
}
