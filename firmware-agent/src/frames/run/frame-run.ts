/**
 * One frame from its inputs to its outputs. The plan's blocks run in the compute thread one after the other; what the cloud
 * needs of a finished block is on its way while the next one, or the next frame, computes. Whatever goes wrong with the cloud,
 * the frame is finished here from the tensors it already has.
 */
import {
  type BlockSpec,
  Fault,
  type FramePlan,
  isLossy,
  type LinkEstimator,
  lastMomentMs,
  type ModelDocument,
  type Tensor,
} from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import type { Answer, Answers, Expected } from '../../cloud/transfer/expected-answers.js';
import type { Uploader } from '../../cloud/transfer/uploader.js';
import type { Compute } from '../../compute/compute.js';
import type { PreparedInput } from '../../inputs/frame-input.js';
import type { JpegSizes } from '../../link/jpeg-sizes.js';
import { needsDevice } from '../queue/frame-demand.js';
import { AnswerWatch } from './answer-watch.js';
import { ComputeFrame } from './compute-frame.js';
import type { DeviceTurns } from './device-turns.js';
import { type FrameEnd, isSilence, shareOf, stagesOf } from './frame-end.js';
import { FrameUpload } from './frame-upload.js';
import { tensorsOfResult } from './result-tensors.js';

export interface FrameParts {
  readonly compute: Compute;
  readonly uploader: Uploader;
  readonly answers: Answers;
  readonly turns: DeviceTurns;
  readonly isOnline: () => boolean;
  readonly jpegSizes: JpegSizes;
  readonly estimator: Pick<LinkEstimator, 'estimate'>;
}

export interface FrameTask {
  readonly frame: string;
  /** Grows from frame to frame. */
  readonly number: number;
  readonly model: ModelDocument;
  /** Null before the cloud ever made one: everything runs here. */
  readonly plan: FramePlan | null;
  readonly deadlineMs: number;
  /** What the device would need beyond the plan's part to do the whole frame; undefined where nobody knows. */
  readonly restMs?: number | undefined;
  readonly inputs: readonly PreparedInput[];
  /** The device begins, and is done, with what the plan wants of it. */
  readonly onDevice: (state: 'begun' | 'done') => void;
}

function tooLate(deadlineMs: number): Fault {
  const text = `the device was done before the cloud's answer came (deadline ${Math.round(deadlineMs)} ms)`;
  return new Fault('FRAME_EXPIRED', text);
}

type CloudResult = Extract<Answer, { kind: 'result' }>;

export class FrameRun {
  private readonly startedMs = monotonicMs();
  /** Tensors that left the compute thread: uploads and outputs. */
  private readonly tensors = new Map<string, Tensor>();
  private readonly blocks: ReadonlyMap<string, BlockSpec>;
  private readonly wanted: ReadonlySet<string>;
  private readonly done = new Set<string>();
  private readonly computed: ComputeFrame;
  /** When the device's part was over, and how long it waited for its turn. */
  private deviceEndMs = this.startedMs;
  private waitedMs = 0;
  private upload: FrameUpload | undefined;
  private expected: Expected | undefined;
  /** The frame's end on the device, once it was begun beside the cloud's. */
  private finishing: Promise<void> | undefined;

  constructor(
    private readonly task: FrameTask,
    private readonly parts: FrameParts,
  ) {
    const { model, plan } = task;
    this.blocks = new Map(model.blocks.map((block) => [block.digest, block]));
    // What is sent as fewer bytes is encoded in the compute thread and does not leave it raw.
    const uploads = plan?.uploads.filter(({ encoding }) => !isLossy(encoding)) ?? [];
    this.wanted = new Set([
      ...uploads.map(({ tensor }) => tensor),
      ...model.outputs.map(({ name }) => name),
    ]);
    const { frame, inputs } = task;
    const pairs = inputs.map(({ name, tensor }) => [name, tensor] as const);
    for (const [name, tensor] of pairs) this.tensors.set(name, tensor);
    const isKept = (name: string): boolean => this.wanted.has(name);
    this.computed = new ComputeFrame(parts.compute, frame, pairs, isKept);
  }

  /** Rejects only when the device itself cannot run the network (FRAME_FAILED). */
  async run(): Promise<FrameEnd> {
    const { inputs, plan, model } = this.task;
    for (const { jpeg } of inputs) if (jpeg) this.parts.jpegSizes.note(jpeg.length);
    try {
      const fault = await this.runPlan(plan, model);
      if (fault === undefined) return this.end(plan?.cloud.length === 0 ? 'local-plan' : 'cloud');
      await (this.finishing ?? this.finishHere());
      return this.end('local-fallback', fault);
    } finally {
      this.upload?.cancel();
      this.expected?.forget();
      this.computed.end();
    }
  }

  /** Device blocks, uploads beside them, the answer; a fault says why the cloud has no part in this frame. */
  private async runPlan(plan: FramePlan | null, model: ModelDocument): Promise<Fault | undefined> {
    if (plan === null) return new Fault('PLAN_NONE', 'the cloud has made no plan yet');
    const needsCloud = plan.cloud.length > 0;
    const isOnline = needsCloud && this.parts.isOnline();
    if (isOnline) this.openUpload(plan, model);
    const { turns } = this.parts;
    const isOnDevice = needsDevice(plan);
    if (isOnDevice) await this.waiting(turns.take(this.task.number));
    this.task.onDevice('begun');
    try {
      await this.runDevicePart(plan, model);
    } finally {
      if (isOnDevice) turns.release();
      this.deviceEndMs = monotonicMs();
      this.task.onDevice('done');
    }
    if (!needsCloud) return undefined;
    if (!isOnline) return new Fault('CLOUD_UNREACHABLE', 'there was no connection to the cloud');
    const answer = await this.answerOrEnough(plan);
    if (answer?.kind === 'result') return this.takeResult(answer, plan);
    return answer?.fault;
  }

  /** The cloud's answer, unless the device, which begins to finish the frame when it is time to, is done before it. */
  private async answerOrEnough(plan: FramePlan): Promise<Answer | undefined> {
    const { restMs = 0, deadlineMs } = this.task;
    if (this.expected === undefined || this.upload === undefined) return undefined;
    const { answer } = this.expected;
    const watch = new AnswerWatch(
      {
        upload: this.upload.upload,
        plan,
        restMs,
        lastMs: this.startedMs + lastMomentMs(deadlineMs, restMs),
      },
      this.parts,
    );
    const isTime = await Promise.race([watch.isTime.then(() => true), answer.then(() => false)]);
    watch.close();
    if (!isTime || restMs === 0) return answer;
    this.finishing = this.finishHere();
    const done = this.finishing.then(
      (): Answer => ({ kind: 'fault', fault: tooLate(deadlineMs) }),
      // What the device cannot do, the cloud may.
      () => answer,
    );
    return Promise.race([answer, done]);
  }

  /** The compute thread has the next block at hand while one runs, so that it never waits for this thread's attention. */
  private async runDevicePart(plan: FramePlan, model: ModelDocument): Promise<void> {
    let ready: ReadonlySet<string> = new Set(model.inputs.map(({ name }) => name));
    let ahead: Promise<ReadonlySet<string>> | undefined;
    for (const [i, digest] of plan.device.entries()) {
      if (ahead === undefined) {
        await this.waiting(this.parts.turns.yieldToOlder(this.task.number));
      }
      await this.sendReady(ready);
      const running: Promise<ReadonlySet<string>> = ahead ?? this.runBlock(digest);
      const next = plan.device[i + 1];
      ahead = next !== undefined && this.mayGoOn(digest, plan) ? this.runBlock(next) : undefined;
      // Where a block fails the one after it does too, and one of the two tells.
      ahead?.catch(() => undefined);
      ready = await running;
    }
    await this.sendReady(ready);
  }

  /** Whether the block after this one may be asked for already: nothing of this one is to be encoded before, no older frame waits. */
  private mayGoOn(digest: string, plan: FramePlan): boolean {
    const outputs = this.blocks.get(digest)?.outputs ?? [];
    const isEncoded = plan.uploads.some(
      ({ tensor, encoding }) => isLossy(encoding) && outputs.includes(tensor),
    );
    return !isEncoded && !this.parts.turns.isWantedByOlder(this.task.number);
  }

  private async waiting(turn: Promise<void>): Promise<void> {
    const fromMs = monotonicMs();
    await turn;
    this.waitedMs += monotonicMs() - fromMs;
  }

  private openUpload(plan: FramePlan, model: ModelDocument): void {
    const { frame, deadlineMs, inputs } = this.task;
    const { uploader, answers } = this.parts;
    const { computed, tensors, startedMs } = this;
    const header = { frame, model: model.digest.slice(0, 16), deadlineMs };
    const from = { inputs, tensors, computed };
    this.upload = new FrameUpload(plan, uploader, { ...header, startedMs }, from);
    this.expected = answers.expect(frame, startedMs + deadlineMs, deadlineMs);
  }

  /** Sends what just became ready, unless the frame is already given up. */
  private async sendReady(ready: ReadonlySet<string>): Promise<void> {
    await this.upload?.send(ready, () => this.expected?.known() === undefined);
  }

  private async runBlock(digest: string): Promise<ReadonlySet<string>> {
    const outputs = this.blocks.get(digest)?.outputs ?? [];
    const wanted = outputs.filter((name) => this.wanted.has(name));
    const tensors = await this.computed.run(digest, wanted);
    this.done.add(digest);
    for (const [name, tensor] of tensors) this.tensors.set(name, tensor);
    return new Set(outputs);
  }

  /** The cloud's outputs beside those computed here; a fault when they are not what the model says. */
  private takeResult(result: CloudResult, plan: FramePlan): Fault | undefined {
    const { model } = this.task;
    const inCloud = new Set(plan.cloud.flatMap((digest) => this.blocks.get(digest)?.outputs ?? []));
    const names = model.outputs.map(({ name }) => name).filter((name) => inCloud.has(name));
    const tensors = tensorsOfResult(result, names, model);
    if (tensors instanceof Fault) return tensors;
    for (const [name, tensor] of tensors) this.tensors.set(name, tensor);
    return undefined;
  }

  /** Computes what is missing, unless the cloud answers meanwhile. */
  private async finishHere(): Promise<void> {
    const { turns } = this.parts;
    const { number, model } = this.task;
    await turns.take(number);
    try {
      for (const { digest } of model.blocks) {
        if (this.done.has(digest)) continue;
        await turns.yieldToOlder(number);
        if (this.expected?.known()?.kind === 'result') return;
        await this.runBlock(digest);
      }
    } finally {
      turns.release();
    }
  }

  private end(outcome: FrameEnd['outcome'], fault?: Fault): FrameEnd {
    const endedMs = monotonicMs();
    const outputs = new Map<string, Tensor>();
    for (const { name } of this.task.model.outputs) {
      const tensor = this.tensors.get(name);
      if (tensor === undefined) throw new Fault('FRAME_FAILED', `output ${name} was not computed`);
      outputs.set(name, tensor);
    }
    const { computed, upload, startedMs, deviceEndMs, waitedMs } = this;
    const answer = this.expected?.known();
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
