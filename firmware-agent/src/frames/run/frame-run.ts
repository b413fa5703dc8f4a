/**
 * One frame from its inputs to its outputs. The plan's blocks run in the compute thread one after the other. Tensors for the
 * cloud are sent while the next block, or the next frame, computes. If anything goes wrong with the cloud, the device finishes
 * the frame from the tensors it has.
 */
import { Fault } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import { CloudPart } from './cloud-part.js';
import { DevicePart } from './device-part.js';
import { type FrameEnd, isSilence, shareOf, stagesOf } from './frame-end.js';
import type { FrameParts, FrameTask } from './frame-task.js';
import { FrameTensors } from './frame-tensors.js';

export class FrameRun {
  private readonly startedMs = monotonicMs();
  private readonly tensors: FrameTensors;
  private readonly device: DevicePart;
  private cloud: CloudPart | undefined;
  /** The end of the frame on the device, once it was begun while the cloud may still answer. */
  private finishing: Promise<void> | undefined;

  constructor(
    private readonly task: FrameTask,
    private readonly parts: FrameParts,
  ) {
    this.tensors = new FrameTensors(task.model, task.plan, task.inputs);
    this.device = new DevicePart(task, parts, this.tensors);
  }

  /** Rejects only when the device itself cannot run the network (FRAME_FAILED). */
  async run(): Promise<FrameEnd> {
    const { inputs, plan } = this.task;
    for (const { jpeg } of inputs) if (jpeg) this.parts.jpegSizes.note(jpeg.length);
    try {
      const fault = await this.runPlan();
      if (fault === undefined) return this.end(plan?.cloud.length === 0 ? 'local-plan' : 'cloud');
      await this.finish();
      return this.end('local-fallback', fault);
    } finally {
      this.cloud?.cancel();
      this.device.computed.end();
    }
  }

  /** Runs both parts of the plan; a fault says why the cloud has no part in this frame. */
  private async runPlan(): Promise<Fault | undefined> {
    const { plan } = this.task;
    if (plan === null) return new Fault('PLAN_NONE', 'the cloud has made no plan yet');
    const needsCloud = plan.cloud.length > 0;
    // The policy may have changed while the input was prepared.
    const confined = needsCloud ? this.parts.confined(plan, this.task.model) : undefined;
    if (needsCloud && confined === undefined && this.parts.isOnline()) {
      const { computed } = this.device;
      const { task, parts, tensors, startedMs } = this;
      this.cloud = new CloudPart(task, plan, parts, tensors, computed, startedMs);
    }
    await this.device.run(plan, async (ready) => this.cloud?.send(ready));
    if (!needsCloud || confined !== undefined) return confined;
    if (!this.cloud) return new Fault('CLOUD_UNREACHABLE', 'there was no connection to the cloud');
    const answer = await this.cloud.answer(() => this.finish());
    return answer.kind === 'result' ? this.cloud.take(answer) : answer.fault;
  }

  private finish(): Promise<void> {
    const isAnswered = () => this.cloud?.known()?.kind === 'result';
    // Begun before, it may have stopped for an answer that could not be taken.
    this.finishing = (this.finishing ?? Promise.resolve()).then(() =>
      this.device.finish(isAnswered),
    );
    return this.finishing;
  }

  private end(outcome: FrameEnd['outcome'], fault?: Fault): FrameEnd {
    const endedMs = monotonicMs();
    const outputs = this.tensors.outputs();
    const { startedMs } = this;
    const { computed, endMs: deviceEndMs, waitedMs } = this.device;
    const upload = this.cloud?.upload;
    const answer = this.cloud?.known();
    const lived = { computed, upload, answer, startedMs, endedMs, deviceEndMs, waitedMs };
    return {
      outcome,
      ...(fault !== undefined && { fault }),
      outputs,
      startedMs,
      totalMs: endedMs - startedMs,
      measured: stagesOf(lived),
      sentBytes: upload?.times.sentBytes ?? 0,
      isSilent: outcome === 'local-fallback' && isSilence(lived),
      share: this.finishing === undefined ? shareOf(lived) : undefined,
    };
  }
}
