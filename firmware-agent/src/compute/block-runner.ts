/** Runs blocks on frames: the sessions that are open, and the values each frame has so far, in the runtime's own memory. */
import { encodeTensor } from '../../../src/wire/index.js';
import type {
  ComputeMethod,
  ComputeMethods,
  ComputeSettings,
  NamedTensors,
} from './compute-protocol.js';
import { EmulatedProcessor } from './emulated-processor.js';
import { measureEncodings } from './encoding-times.js';
import { type BlockSession, type Runtime, tensorOf, type Value, viewOf } from './runtime.js';

type Handlers = {
  [M in ComputeMethod]: (body: ComputeMethods[M][0]) => Promise<ComputeMethods[M][1]>;
};

export class BlockRunner implements Handlers {
  private readonly sessions = new Map<string, BlockSession>();
  private readonly frames = new Map<string, Map<string, Value>>();
  private readonly processor: EmulatedProcessor;

  constructor(
    private readonly runtime: Runtime,
    private readonly emulation: Omit<ComputeSettings, 'threads'>,
  ) {
    this.processor = new EmulatedProcessor(emulation.slowdown, emulation.throttle);
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

  /** Takes as long as the emulated device would. */
  async encode({
    frame,
    name,
    encoding,
  }: ComputeMethods['encode'][0]): Promise<ComputeMethods['encode'][1]> {
    const value = this.valuesOf(frame).get(name);
    if (value === undefined) throw new Error(`the tensor ${name} has not been computed`);
    const { dtype, dims, data } = viewOf(value);
    const encode = async () => {
      const encoded = encodeTensor({ dtype, dims, data }, encoding);
      // Raw bytes are the runtime's own: what goes to another thread must be a copy.
      const bytes = encoded.encoding === 'raw' ? data.slice() : encoded.bytes;
      return { ...encoded, dtype, dims, bytes };
    };
    const { value: encoded, ms } = await this.processor.run(`${name} as ${encoding}`, encode);
    return { ms, encoded };
  }

  async measureEncodings(): Promise<ComputeMethods['measureEncodings'][1]> {
    const { f16, u8 } = measureEncodings();
    const { slowdown } = this.emulation;
    return { f16: f16 * slowdown, u8: u8 * slowdown };
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
    const values = this.valuesOf(frame);
    const session = this.sessions.get(digest);
    if (session === undefined) throw new Error(`block ${digest} is not loaded`);
    const outputs = await session.run(values);
    for (const [name, value] of outputs) values.set(name, value);
    return outputs;
  }

  private valuesOf(frame: string): Map<string, Value> {
    const values = this.frames.get(frame);
    if (values === undefined) throw new Error(`frame ${frame} was not begun`);
    return values;
  }
}
