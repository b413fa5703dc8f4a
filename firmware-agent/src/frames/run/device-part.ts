/** The device's part of a frame: the plan's blocks in order, and the missing ones when the cloud does not answer. */
import { type FramePlan, isLossy } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import { ComputeFrame } from './compute-frame.js';
import { needsDevice } from './frame-assignment.js';
import type { FrameParts, FrameTask } from './frame-task.js';
import type { FrameTensors } from './frame-tensors.js';

/** Gets the names of tensors that became ready, before the next block runs. */
export type OnReady = (ready: ReadonlySet<string>) => Promise<void>;

export class DevicePart {
  readonly computed: ComputeFrame;
  /** When the plan's part was over, on the monotonic clock. */
  endMs = monotonicMs();
  /** How long the frame waited for its turns on the device. */
  waitedMs = 0;
  private readonly done = new Set<string>();

  constructor(
    private readonly task: FrameTask,
    private readonly parts: Pick<FrameParts, 'compute' | 'turns'>,
    private readonly tensors: FrameTensors,
  ) {
    const pairs = task.inputs.map(({ name, tensor }) => [name, tensor] as const);
    this.computed = new ComputeFrame(parts.compute, task.frame, pairs, (name) =>
      tensors.isKept(name),
    );
  }

  /** Runs the plan's blocks when it is the frame's turn. */
  async run(plan: FramePlan, onReady: OnReady): Promise<void> {
    const { turns } = this.parts;
    const isOnDevice = needsDevice(plan);
    if (isOnDevice) await this.waiting(turns.take(this.task.number));
    this.task.onDevice('begun');
    try {
      await this.runBlocks(plan, onReady);
    } finally {
      if (isOnDevice) turns.release();
      this.endMs = monotonicMs();
      this.task.onDevice('done');
    }
  }

  /** Runs the blocks of the model that did not run yet; stops when the cloud has answered meanwhile. */
  async finish(isAnswered: () => boolean): Promise<void> {
    const { turns } = this.parts;
    const { number, model } = this.task;
    if (model.blocks.every(({ digest }) => this.done.has(digest))) return;
    await turns.take(number);
    try {
      for (const { digest } of model.blocks) {
        if (this.done.has(digest)) continue;
        await turns.yieldToOlder(number);
        if (isAnswered()) return;
        await this.runBlock(digest);
      }
    } finally {
      turns.release();
    }
  }

  /** The compute thread gets the next block while one runs, so that it never waits for this thread. */
  private async runBlocks(plan: FramePlan, onReady: OnReady): Promise<void> {
    let ready: ReadonlySet<string> = new Set(this.task.model.inputs.map(({ name }) => name));
    let ahead: Promise<ReadonlySet<string>> | undefined;
    for (const [i, digest] of plan.device.entries()) {
      if (ahead === undefined) {
        await this.waiting(this.parts.turns.yieldToOlder(this.task.number));
      }
      await onReady(ready);
      const running: Promise<ReadonlySet<string>> = ahead ?? this.runBlock(digest);
      const next = plan.device[i + 1];
      ahead =
        next !== undefined && this.mayRunAhead(digest, plan) ? this.runBlock(next) : undefined;
      // When a block fails, the next one fails too; one error is enough.
      ahead?.catch(() => undefined);
      ready = await running;
    }
    await onReady(ready);
  }

  /** True when the next block may be asked for already: no output of this one is to be encoded before, no older frame waits. */
  private mayRunAhead(digest: string, plan: FramePlan): boolean {
    const outputs = this.tensors.outputsOf(digest);
    const isEncoded = plan.uploads.some(
      ({ tensor, encoding }) => isLossy(encoding) && outputs.includes(tensor),
    );
    return !isEncoded && !this.parts.turns.isWantedByOlder(this.task.number);
  }

  private async runBlock(digest: string): Promise<ReadonlySet<string>> {
    const outputs = this.tensors.outputsOf(digest);
    const kept = outputs.filter((name) => this.tensors.isKept(name));
    const tensors = await this.computed.run(digest, kept);
    this.done.add(digest);
    this.tensors.add(tensors);
    return new Set(outputs);
  }

  private async waiting(turn: Promise<void>): Promise<void> {
    const fromMs = monotonicMs();
    await turn;
    this.waitedMs += monotonicMs() - fromMs;
  }
}
