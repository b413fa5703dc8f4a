/** The cloud's part of a frame: uploads as tensors become ready, then the answer or a reason to finish without it. */
import { Fault, type FramePlan, lastMomentMs } from '../../../../src/wire/index.js';
import type { Answer, Expected } from '../../cloud/transfer/expected-answers.js';
import { AnswerWatch } from './answer-watch.js';
import type { ComputeFrame } from './compute-frame.js';
import type { FrameParts, FrameTask } from './frame-task.js';
import type { FrameTensors } from './frame-tensors.js';
import { FrameUpload } from './frame-upload.js';
import { tensorsOfResult } from './result-tensors.js';

type CloudResult = Extract<Answer, { kind: 'result' }>;

function tooLate(deadlineMs: number): Fault {
  const text = `cloud answer too late: the device finished first (deadline ${Math.round(deadlineMs)} ms)`;
  return new Fault('FRAME_EXPIRED', text);
}

/** Exists for a frame whose upload was opened; `cancel` ends it. */
export class CloudPart {
  readonly upload: FrameUpload;
  private readonly expected: Expected;
  /** What was wrong with an answer that cannot be taken: it is like none. */
  private refusal: Fault | undefined;

  constructor(
    private readonly task: FrameTask,
    private readonly plan: FramePlan,
    private readonly parts: FrameParts,
    private readonly tensors: FrameTensors,
    computed: ComputeFrame,
    private readonly startedMs: number,
  ) {
    const { frame, deadlineMs, inputs, model } = task;
    const header = { frame, model: model.digest.slice(0, 16), deadlineMs, startedMs };
    this.upload = new FrameUpload(plan, parts.uploader, header, { inputs, tensors, computed });
    this.expected = parts.answers.expect(
      ...([frame, startedMs + deadlineMs, deadlineMs] as const),
      () => this.upload.times.lastAckAtMs,
    );
  }

  /** The answer, if it came. */
  known(): Answer | undefined {
    return this.refusal === undefined
      ? this.expected.known()
      : { kind: 'fault', fault: this.refusal };
  }

  /** Sends what became ready, unless the frame has its answer or fault already. */
  async send(ready: ReadonlySet<string>): Promise<void> {
    await this.upload.send(ready, () => this.known() === undefined);
  }

  /** The answer; `finish` begins to finish the frame on the device when time is short, and a fault then says which was first. */
  async answer(finish: () => Promise<void>): Promise<Answer> {
    const { restMs = 0, deadlineMs, isDeadlineSet } = this.task;
    const { answer } = this.expected;
    const lastMs = this.startedMs + lastMomentMs(deadlineMs, restMs, isDeadlineSet);
    const watch = new AnswerWatch(
      { upload: this.upload.upload, plan: this.plan, restMs, lastMs },
      this.parts,
    );
    const isTime = await Promise.race([watch.isTime.then(() => true), answer.then(() => false)]);
    watch.close();
    if (!isTime || restMs === 0) return answer;
    const done = finish().then(
      (): Answer => ({ kind: 'fault', fault: tooLate(deadlineMs) }),
      // The cloud may still do what the device cannot.
      () => answer,
    );
    return Promise.race([answer, done]);
  }

  /** Adds the cloud's outputs to the frame's tensors; a fault when they do not match the model. */
  take(result: CloudResult): Fault | undefined {
    const { model } = this.task;
    const inCloud = new Set(this.plan.cloud.flatMap((digest) => this.tensors.outputsOf(digest)));
    const names = model.outputs.map(({ name }) => name).filter((name) => inCloud.has(name));
    const tensors = tensorsOfResult(result, names, model);
    if (tensors instanceof Fault) this.refusal = tensors;
    else this.tensors.add(tensors);
    return this.refusal;
  }

  cancel(): void {
    this.upload.cancel();
    this.expected.forget();
  }
}
