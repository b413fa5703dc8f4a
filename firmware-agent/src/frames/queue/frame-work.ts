/** One frame from the ledger's “begun” to its “finished”: prepares the input, runs the frame and records its outcome. */
import {
  asFault,
  Fault,
  frameRecord,
  type LinkEstimate,
  type LinkEstimator,
} from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import type { BootClocks } from '../../clocks/boot-clocks.js';
import { UNKNOWN_BOOT } from '../../cloud/mqtt/record-age.js';
import type { RecordSender } from '../../cloud/mqtt/record-sender.js';
import { newFrameId } from '../../cloud/transfer/expected-answers.js';
import type { Ledger } from '../../disk/ledger.js';
import { attemptsOf, type Moment, type OpenFrame } from '../../disk/ledger-entry.js';
import { type FrameInput, prepareInputs } from '../../inputs/frame-input.js';
import type { PictureMemory } from '../../inputs/memory/picture-memory.js';
import type { ProfileUpkeep } from '../plan/profile-upkeep.js';
import { bestClass } from '../report/classes.js';
import { type FrameReport, noStages } from '../report/frame-report.js';
import { RepeatedFailures } from '../report/repeated-failures.js';
import type { FrameAssignment } from '../run/frame-assignment.js';
import type { FrameEnd } from '../run/frame-end.js';
import { FrameRun } from '../run/frame-run.js';
import type { FrameParts, FrameTask } from '../run/frame-task.js';

/**
 * The first frames of a process are on the disk itself before their work begins, later ones within a second. So a picture that
 * ends the whole machine, and is soon reached again after its start, leaves a trace.
 */
const SYNCED_FRAMES = 16;
/** The deadline where neither a plan nor a setting gives one. */
const DEFAULT_DEADLINE_MS = 10_000;

export interface FrameRequest {
  readonly source: string;
  readonly load: () => Promise<readonly FrameInput[]>;
  /** Place in the run over the files. */
  readonly position?: number;
  /** The id of a frame that an earlier process began. */
  readonly frame?: string;
  /** One of a finite list: each that fails has its own record, and none slows the others down. */
  readonly isListed?: boolean;
}

/** Follows the progress of a frame. */
export interface FrameFollower {
  /** Its input was read and prepared, or cannot be. */
  onPrepared(prepareMs: number): void;
  onDevice: FrameTask['onDevice'];
  /** It has an answer. */
  onEnd(end: FrameEnd): void;
}

export interface FrameWorkParts extends FrameParts {
  readonly ledger: Ledger;
  readonly records: RecordSender;
  readonly clocks: BootClocks;
  readonly estimator: LinkEstimator;
  readonly profileUpkeep: ProfileUpkeep;
  readonly pictures: PictureMemory;
}

/** Faults of an input: they say nothing of model, plan and cloud. */
const INPUT_FAULTS: ReadonlySet<string> = new Set(['INPUT_UNREADABLE', 'INPUT_TOO_LARGE']);

export class FrameWork {
  /** Frames of this process that have no answer. */
  failedFrames = 0;
  private begunFrames = 0;
  private readonly failures: RepeatedFailures;

  constructor(
    private readonly parts: FrameWorkParts,
    private readonly deadlineMs: number | undefined,
    stop: AbortSignal,
  ) {
    const { ledger } = parts;
    this.failures = new RepeatedFailures({
      write: (finished) => ledger.finish(finished),
      forget: (frame) => ledger.forget([frame]),
      nowMs: monotonicMs,
    });
    stop.addEventListener('abort', () => this.failures.close(), { once: true });
  }

  /** How long a source should wait before its next frame, since its inputs failed one after the other. */
  get pauseMs(): number {
    return this.failures.pauseMs;
  }

  /** Reports frames that an earlier process began and whose input is gone. */
  reportLost(lost: readonly OpenFrame[]): void {
    const message = 'the agent stopped during this frame, and its input is no longer available';
    for (const frame of lost) this.reportFailed(frame, { code: 'SHUTTING_DOWN', message });
  }

  /** Reports frames during which earlier processes ended, and which are not run again. */
  reportAbandoned(abandoned: readonly OpenFrame[]): void {
    for (const frame of abandoned) {
      const ends = attemptsOf(frame);
      const message = `the agent ended ${ends} times during this frame, which is passed over`;
      this.reportFailed(frame, new Fault('FRAME_ABANDONED', message));
      this.failedFrames += 1;
    }
  }

  private reportFailed(begun: OpenFrame, { code, message }: Pick<Fault, 'code' | 'message'>): void {
    const { frame, source, at, model, planVersion, deadlineMs, began } = begun;
    const record = {
      ...{ frame, source, at, model, planVersion, deadlineMs },
      ...{ outcome: 'failed' as const, fault: { code, message } },
      ...{ totalMs: 0, measured: noStages, predicted: null, link: null, sentBytes: 0 },
    };
    // Lines of earlier versions have no monotonic start: wall time dates them.
    this.parts.ledger.finish({ record, ...(began ?? { startedMs: 0, boot: UNKNOWN_BOOT }) });
  }

  /** Rejects only when the ledger does: then nothing is known of the frame. */
  async run(
    request: FrameRequest,
    number: number,
    assignment: FrameAssignment,
    follower: FrameFollower,
  ): Promise<FrameReport> {
    const begun = this.begin(request, assignment);
    if (this.begunFrames++ < SYNCED_FRAMES) await this.parts.ledger.onDisk();
    const report = await this.runBegun(begun, request, number, assignment, follower);
    const { record, startedMs } = report;
    const finished = { record, ...this.momentOf(startedMs) };
    const isInputFault = INPUT_FAULTS.has(record.fault?.code ?? '');
    if (!isInputFault) this.failures.noteWell();
    if (isInputFault && request.isListed !== true) this.failures.take(finished);
    else this.parts.ledger.finish(finished);
    this.parts.records.wake();
    if (record.outcome === 'failed') this.failedFrames += 1;
    return report;
  }

  /** A time of this process with the state of the clocks now. */
  private momentOf(startedMs: number): Moment {
    const { boot, suspendedMs, state } = this.parts.clocks.now();
    return { startedMs, boot, suspendedMs: Math.round(suspendedMs), clock: state };
  }

  private begin(
    { frame, source, position }: FrameRequest,
    { model, plan }: FrameAssignment,
  ): OpenFrame {
    const begun = {
      frame: frame ?? newFrameId(),
      source: source.slice(-256),
      at: new Date().toISOString(),
      model: model.digest,
      planVersion: plan?.version ?? 0,
      deadlineMs: this.deadlineMs ?? plan?.deadlineMs ?? DEFAULT_DEADLINE_MS,
      ...(position !== undefined && { position }),
      began: this.momentOf(monotonicMs()),
    };
    this.parts.ledger.begin(begun);
    return begun;
  }

  private async runBegun(
    begun: OpenFrame,
    request: FrameRequest,
    number: number,
    { model, plan, restMs }: FrameAssignment,
    { onPrepared, onDevice, onEnd }: FrameFollower,
  ): Promise<FrameReport> {
    const prepareStartMs = monotonicMs();
    let prepareMs = 0;
    let link: LinkEstimate | null = null;
    let end: FrameEnd | undefined;
    let fault: Fault | undefined;
    try {
      const inputs = await prepareInputs(await request.load(), model, this.parts.pictures);
      prepareMs = monotonicMs() - prepareStartMs;
      onPrepared(prepareMs);
      const { frame, deadlineMs } = begun;
      const isDeadlineSet = this.deadlineMs !== undefined || plan?.deadline !== undefined;
      const shared = { frame, number, model, plan, deadlineMs, isDeadlineSet };
      const task = { ...shared, restMs, inputs, onDevice };
      link = this.parts.estimator.estimate(monotonicMs());
      end = await new FrameRun(task, this.parts).run();
      fault = end.fault;
      onEnd(end);
      if (fault === undefined && end.share) this.parts.profileUpkeep.note(model, end.share);
    } catch (error) {
      fault = asFault(error);
    }
    const outputs = end?.outputs ?? new Map();
    const record = this.recordOf(begun, { model, plan }, link, end, fault);
    const startedMs = end?.startedMs ?? prepareStartMs;
    return { record, startedMs, outputs, prepareMs, model, plan };
  }

  private recordOf(
    { frame, source, at, deadlineMs, planVersion }: OpenFrame,
    { model, plan }: FrameAssignment,
    link: LinkEstimate | null,
    end: FrameEnd | undefined,
    fault: Fault | undefined,
  ): FrameReport['record'] {
    const answer = end && bestClass(model, end.outputs);
    // The frame's clock starts when its input is prepared.
    const startedAt = end && new Date(Date.now() - (monotonicMs() - end.startedMs)).toISOString();
    return frameRecord.omit({ ageMs: true }).parse({
      ...{ frame, source, deadlineMs, planVersion, model: model.digest },
      at: startedAt ?? at,
      outcome: end?.outcome ?? 'failed',
      ...(fault && { fault: { code: fault.code, message: fault.message.slice(0, 500) } }),
      totalMs: end?.totalMs ?? 0,
      measured: end?.measured ?? noStages,
      predicted: plan?.predicted ?? null,
      ...((plan?.mix ?? plan?.table) && { cut: plan.cut }),
      link,
      sentBytes: end?.sentBytes ?? 0,
      ...(answer && { answer }),
    });
  }
}
