/** The cloud's part of frames in the test's own process: chunks put together unchecked, blocks run one after the other. */
import { openSession, type Session } from '../../../src/runtime/index.js';
import {
  type Chunk,
  decodeUpload,
  type Encoded,
  type FramePlan,
  type ModelDocument,
  type Payload,
  type Tensor,
} from '../../../src/wire/index.js';

interface Arriving extends Encoded {
  left: number;
}

/** The tensors of a frame by their index in the plan. */
type ArrivingFrame = Map<number, Arriving>;

export class SmallTail {
  private readonly sessions = new Map<string, Session>();
  private readonly frames = new Map<string, ArrivingFrame>();

  /** Opens the blocks that are not open yet. */
  async open(blocks: ReadonlyMap<string, Uint8Array>): Promise<void> {
    for (const [digest, bytes] of blocks) {
      if (!this.sessions.has(digest)) this.sessions.set(digest, await openSession(bytes));
    }
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await session.release();
  }

  /** Keeps a chunk; true when it completes its frame. */
  take(chunk: Chunk, plan: FramePlan | undefined): boolean {
    const { frame, tensorIndex, tensorBytes, encoding, scale, zeroPoint, offset, bytes } = chunk;
    const tensors: ArrivingFrame = this.frames.get(frame) ?? new Map();
    this.frames.set(frame, tensors);
    const known = tensors.get(tensorIndex);
    // A device that was killed sends a frame again.
    const tensor =
      known === undefined || known.left === 0
        ? { encoding, scale, zeroPoint, bytes: new Uint8Array(tensorBytes), left: tensorBytes }
        : known;
    tensors.set(tensorIndex, tensor);
    tensor.bytes.set(bytes, offset);
    tensor.left -= bytes.length;
    return plan?.uploads.every((_, i) => tensors.get(plan.firstTensor + i)?.left === 0) ?? false;
  }

  /** The result of a complete frame. */
  async run(frame: string, plan: FramePlan, document: ModelDocument): Promise<Payload<'result'>> {
    const startMs = performance.now();
    const values = await this.received(frame, plan, document);
    const made = new Set<string>();
    for (const digest of plan.cloud) {
      for (const [name, value] of (await this.sessions.get(digest)?.run(values)) ?? []) {
        values.set(name, value);
        made.add(name);
      }
    }
    const outputs = document.outputs.flatMap(({ name }) => {
      const value = made.has(name) ? values.get(name) : undefined;
      return value === undefined ? [] : [{ name, value }];
    });
    return {
      head: {
        ...{ v: 1, kind: 'result', frame, queueMs: 0, cloudMs: performance.now() - startMs },
        outputs: outputs.map(({ name, value: { dtype, dims, data } }) => ({
          ...{ name, dtype, dims: [...dims], bytes: data.length },
        })),
      },
      body: Buffer.concat(outputs.map(({ value }) => value.data)),
    };
  }

  private async received(
    frame: string,
    plan: FramePlan,
    document: ModelDocument,
  ): Promise<Map<string, Tensor>> {
    const values = new Map<string, Tensor>();
    for (const [i, { tensor }] of plan.uploads.entries()) {
      const arrived = this.frames.get(frame)?.get(plan.firstTensor + i);
      const spec = document.tensors.find((one) => one.name === tensor);
      const image = document.inputs.find((one) => one.name === tensor)?.image;
      if (arrived && spec) values.set(tensor, await decodeUpload(spec, arrived, image));
    }
    return values;
  }
}
