/** One frame in the compute thread: sends its inputs with the first block and keeps the times. */
import type { Encoded, LossyEncoding, Tensor, TensorType } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import type { BlockRun } from '../../compute/block-times.js';
import type { Compute } from '../../compute/compute.js';
import type { NamedTensors } from '../../compute/compute-protocol.js';

export class ComputeFrame {
  readonly runs: BlockRun[] = [];
  /** Overhead of each run: from the call to its answer, less the run. Without the first, which carries the inputs. */
  readonly handOversMs: number[] = [];
  encodeMs = 0;
  private answeredMs = 0;
  private begun: Promise<void> | undefined;

  /** Inputs named in `isKept` are copied, the others are handed over for good. */
  constructor(
    private readonly compute: Compute,
    private readonly frame: string,
    private readonly inputs: NamedTensors,
    private readonly isKept: (name: string) => boolean,
  ) {}

  get deviceMs(): number {
    return this.runs.reduce((sum, { ms }) => sum + ms, 0);
  }

  /** Runs a block after all that was asked for before; the wanted ones of its outputs. Rejects with FRAME_FAILED. */
  async run(digest: string, wanted: string[]): Promise<NamedTensors> {
    const { frame } = this;
    const askedMs = monotonicMs();
    const { ms, tensors } = await this.call('run', { frame, digest, wanted });
    const sinceMs = Math.max(askedMs, this.answeredMs);
    this.answeredMs = monotonicMs();
    if (this.runs.length > 0) this.handOversMs.push(Math.max(0, this.answeredMs - sinceMs - ms));
    this.runs.push({ digest, ms });
    return tensors;
  }

  /** Encodes a tensor the thread has. Rejects with FRAME_FAILED. */
  async encode(name: string, encoding: LossyEncoding): Promise<Encoded & TensorType> {
    const { ms, encoded } = await this.call('encode', { frame: this.frame, name, encoding });
    this.encodeMs += ms;
    this.answeredMs = monotonicMs();
    return encoded;
  }

  /** The thread forgets the frame. */
  end(): void {
    if (this.begun === undefined) return;
    void this.compute.call('end', { frame: this.frame }).catch(() => undefined);
  }

  /** The thread serves in order, so no call waits for the beginning alone; but its fault comes first. */
  private async call<M extends 'run' | 'encode'>(
    method: M,
    body: Parameters<typeof this.compute.call<M>>[1],
  ) {
    this.begun ??= this.begin();
    const [answer] = await Promise.all([this.compute.call(method, body), this.begun]);
    return answer;
  }

  private async begin(): Promise<void> {
    const { frame, inputs } = this;
    const given = inputs.filter(([name, tensor]) => !this.isKept(name) && ownsMemory(tensor));
    const transfer = given.map(([, { data }]) => data.buffer as ArrayBuffer);
    await this.compute.call('begin', { frame, inputs }, transfer);
  }
}

/** Only whole buffers can be handed over; others are parts of larger ones, such as Node's pool. */
function ownsMemory({ data }: Tensor): boolean {
  return data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength;
}
