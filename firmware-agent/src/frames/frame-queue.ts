/**
 * Runs frames one after the other, each from the ledger's “begun” to its “finished”. A frame keeps the model and plan it
 * started with; new ones take effect with the next frame.
 */
import {
  asFault,
  type DesiredPlan,
  Fault,
  frameRecord,
  type ModelDocument,
} from '../../../src/wire/index.js';
import { bootId, monotonicMs, pause } from '../clock.js';
import { newFrameId } from '../cloud/answers.js';
import type { RecordSender } from '../cloud/record-sender.js';
import type { Ledger } from '../disk/ledger.js';
import type { OpenFrame } from '../disk/ledger-entry.js';
import { type FrameInput, prepareInputs } from '../inputs/frame-input.js';
import type { LinkEstimator } from '../link/link-estimator.js';
import { bestClass } from './classes.js';
import { type FrameReport, noStages } from './frame-report.js';
import { type FrameEnd, type FrameParts, FrameRun } from './frame-run.js';

/** Without a plan and without a word from the cloud, frames run here after this long. */
const PLAN_WAIT_MS = 10_000;
const LOOK_MS = 20;
/** The deadline where neither a plan nor a setting gives one. */
const DEFAULT_DEADLINE_MS = 10_000;

export interface FrameRequest {
  readonly source: string;
  readonly load: () => Promise<readonly FrameInput[]>;
  /** Place in the run over the files. */
  readonly position?: number;
  /** The id of a frame that an earlier process began. */
  readonly frame?: string;
}

/** What frames run under right now. */
export interface Assignment {
  readonly model: ModelDocument;
  readonly plan: DesiredPlan | null;
  /** When the model became ready, on the monotonic clock. */
  readonly sinceMs: number;
}

export interface FrameQueueParts extends FrameParts {
  readonly ledger: Ledger;
  readonly records: RecordSender;
  readonly estimator: LinkEstimator;
  readonly assignment: () => Assignment | undefined;
  /** True when the cloud was tried and is not there. */
  readonly isOffline: () => boolean;
}

export class FrameQueue {
  private tail: Promise<unknown> = Promise.resolve();
  private readonly boot = bootId();
  waiting = 0;
  /** Frames of this process that have no answer. */
  failedFrames = 0;

  constructor(
    private readonly parts: FrameQueueParts,
    private readonly deadlineMs: number | undefined,
    private readonly onReport: (report: FrameReport) => void,
    /** After it no further frame is begun. */
    private readonly stop: AbortSignal,
  ) {}

  /** Queues a frame and resolves when it is done; rejects with SHUTTING_DOWN for one that was never begun. */
  submit(request: FrameRequest): Promise<FrameReport> {
    this.waiting += 1;
    return this.runSoon(request).finally(() => {
      this.waiting -= 1;
    });
  }

  /** Does something while no frame is in hand. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(task);
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when the frame in hand is done. */
  async settled(): Promise<void> {
    await this.tail;
  }

  /** Reports frames that an earlier process began and whose input is gone. */
  reportLost(lost: readonly OpenFrame[]): void {
    for (const { frame, source, at, model, planVersion, deadlineMs } of lost) {
      const message = 'the agent was stopped in this frame, and its input cannot be had again';
      const record = {
        ...{ frame, source, at, model, planVersion, deadlineMs },
        ...{ outcome: 'failed' as const, fault: { code: 'SHUTTING_DOWN', message } },
        ...{ totalMs: 0, measured: noStages, predicted: null, link: null, sentBytes: 0 },
      };
      this.parts.ledger.finish({ record, startedMs: monotonicMs(), boot: this.boot });
    }
  }

  /** Waits for a model outside the turn, because bringing one needs a turn itself. */
  private async runSoon(request: FrameRequest): Promise<FrameReport> {
    while (!this.stop.aborted) {
      const report = await this.inTurn(async () => {
        const assignment = this.assigned();
        return assignment && this.runOne(request, assignment);
      });
      if (report !== undefined) return report;
      await pause(LOOK_MS, this.stop);
    }
    throw new Fault('SHUTTING_DOWN', 'the agent is stopping');
  }

  private async runOne(request: FrameRequest, assignment: Assignment): Promise<FrameReport> {
    const begun = this.begin(request, assignment);
    const report = await this.runBegun(begun, request, assignment);
    const { record, startedMs } = report;
    this.parts.ledger.finish({ record, startedMs, boot: this.boot });
    this.parts.records.wake();
    if (record.outcome === 'failed') this.failedFrames += 1;
    this.onReport(report);
    return report;
  }

  /** The model and plan to run under; undefined while there are none, or when the agent stops. */
  private assigned(): Assignment | undefined {
    const assignment = this.stop.aborted ? undefined : this.parts.assignment();
    return assignment !== undefined && this.mayRun(assignment) ? assignment : undefined;
  }

  /** Frames wait a little for the connection and the first plan, but never for a cloud that is not there. */
  private mayRun({ plan, sinceMs }: Assignment): boolean {
    const isSettled = this.parts.isOnline() ? plan !== null : this.parts.isOffline();
    return isSettled || monotonicMs() - sinceMs > PLAN_WAIT_MS;
  }

  private begin({ frame, source, position }: FrameRequest, { model, plan }: Assignment): OpenFrame {
    const begun = {
      frame: frame ?? newFrameId(),
      source: source.slice(-256),
      at: new Date().toISOString(),
      model: model.digest,
      planVersion: plan?.version ?? 0,
      deadlineMs: this.deadlineMs ?? plan?.deadlineMs ?? DEFAULT_DEADLINE_MS,
      ...(position !== undefined && { position }),
    };
    this.parts.ledger.begin(begun);
    return begun;
  }

  private async runBegun(
    begun: OpenFrame,
    request: FrameRequest,
    { model, plan }: Assignment,
  ): Promise<FrameReport> {
    const prepareStartMs = monotonicMs();
    let prepareMs = 0;
    let end: FrameEnd | undefined;
    let fault: Fault | undefined;
    try {
      const inputs = await prepareInputs(await request.load(), model);
      prepareMs = monotonicMs() - prepareStartMs;
      const { frame, deadlineMs } = begun;
      end = await new FrameRun({ frame, model, plan, deadlineMs, inputs }, this.parts).run();
      fault = end.fault;
    } catch (error) {
      fault = asFault(error);
    }
    const outputs = end?.outputs ?? new Map();
    const record = this.recordOf(begun, model, plan, end, fault);
    const startedMs = end?.startedMs ?? monotonicMs();
    return { record, startedMs, outputs, prepareMs, model, plan };
  }

  private recordOf(
    { frame, source, at, deadlineMs, planVersion }: OpenFrame,
    model: ModelDocument,
    plan: DesiredPlan | null,
    end: FrameEnd | undefined,
    fault: Fault | undefined,
  ): FrameReport['record'] {
    const link = this.parts.estimator.estimate(monotonicMs());
    const answer = end && bestClass(model, end.outputs);
    return frameRecord.omit({ ageMs: true }).parse({
      ...{ frame, source, at, deadlineMs, planVersion, model: model.digest },
      outcome: end?.outcome ?? 'failed',
      ...(fault && { fault: { code: fault.code, message: fault.message.slice(0, 500) } }),
      totalMs: end?.totalMs ?? 0,
      measured: end?.measured ?? noStages,
      predicted: plan?.predicted ?? null,
      link,
      sentBytes: end?.sentBytes ?? 0,
      ...(answer && { answer }),
    });
  }
}
