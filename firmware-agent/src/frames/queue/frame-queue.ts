/**
 * Frames waiting for their beginning and those in flight. The next one begins when the device is about to be free and what is
 * still to be sent will soon be; so device, link and cloud work on different frames at the same time. A frame keeps the model
 * and plan it started with; reports come in the order in which their frames began.
 */
import { type DesiredPlan, Fault, type FramePlan } from '../../../../src/wire/index.js';
import { monotonicMs, pause } from '../../clock.js';
import type { OpenFrame } from '../../disk/ledger-entry.js';
import { MixTurns } from '../plan/mix-turns.js';
import type { RowFollower } from '../plan/row-follower.js';
import type { FrameReport } from '../report/frame-report.js';
import { InOrder } from '../report/in-order.js';
import { type Assignment, type FrameAssignment, needsDevice } from '../run/frame-assignment.js';
import type { FrameEnd } from '../run/frame-end.js';
import { demandOf } from './frame-demand.js';
import { FrameWindow, type Place, type WindowLimits } from './frame-window.js';
import { type FrameRequest, FrameWork, type FrameWorkParts } from './frame-work.js';
import { Slowness } from './slowness.js';

/** Without a plan and without a word from the cloud, frames run here after this long. */
const PLAN_WAIT_MS = 10_000;
const LOOK_MS = 20;
/** Weight of the newest preparation, by whether it was slower or quicker than thought. */
const SLOWER_WEIGHT = 0.5;
const QUICKER_WEIGHT = 0.1;

export interface FrameQueueParts extends FrameWorkParts {
  readonly assignment: () => Assignment | undefined;
  /** True when the cloud was tried and is not there. */
  readonly isOffline: () => boolean;
  /** Which cut of a plan frames follow. */
  readonly rows: RowFollower;
}

export interface FrameQueueOptions extends WindowLimits {
  readonly deadlineMs: number | undefined;
  readonly onReport: (report: FrameReport) => void;
  /** After it no further frame is begun. */
  readonly stop: AbortSignal;
}

/** A frame that was handed over. Both reject with SHUTTING_DOWN when it is never begun. */
export interface Submitted {
  /** Resolves when the frame was begun and its input was read, or after a pause where inputs fail: the next one may be handed over. */
  readonly begun: Promise<void>;
  readonly report: Promise<FrameReport>;
}

interface Waiting {
  readonly request: FrameRequest;
  readonly begun: () => void;
  readonly done: (report: Promise<FrameReport>) => void;
}

export class FrameQueue {
  private readonly window: FrameWindow;
  private readonly work: FrameWork;
  private readonly reports: InOrder<FrameReport>;
  private readonly requests: Waiting[] = [];
  private readonly tasks: (() => Promise<void>)[] = [];
  private readonly settlers: (() => void)[] = [];
  private isAlone = false;
  private timer: NodeJS.Timeout | undefined;
  private frames = 0;
  /** What preparing an input takes, most of the time: an idle device costs more than a prepared input that waits. */
  private prepareMs = 0;
  private readonly slowness = new Slowness();
  private readonly turns = new MixTurns();

  constructor(
    private readonly parts: FrameQueueParts,
    private readonly options: FrameQueueOptions,
  ) {
    this.window = new FrameWindow(options, () => this.look());
    this.work = new FrameWork(parts, options.deadlineMs, options.stop);
    this.reports = new InOrder(options.onReport);
    parts.uploader.onProgress = () => this.look();
    options.stop.addEventListener('abort', () => this.look(), { once: true });
  }

  /** Frames that wait or are in flight. */
  get waiting(): number {
    return this.requests.length + this.window.size;
  }

  /** Frames of this process that have no answer. */
  get failedFrames(): number {
    return this.work.failedFrames;
  }

  submit(request: FrameRequest): Submitted {
    let begun: () => void = () => undefined;
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const report = new Promise<FrameReport>((done) => {
      this.requests.push({ request, begun, done });
    });
    this.look();
    // The waiter for one of the two gets the failure; the other must not count as unhandled.
    report.catch(() => undefined);
    const isOver = report.then(() => pause(this.work.pauseMs, this.options.stop));
    return { begun: Promise.race([isBegun, isOver]), report };
  }

  /** Frames begun so far. */
  get begun(): number {
    return this.frames;
  }

  /** Does something while no frame is in flight, before frames that have not begun. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.tasks.push(() => task().then(resolve, reject));
      this.look();
    });
  }

  /** Resolves when no frame is in flight. */
  settled(): Promise<void> {
    if (this.window.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.settlers.push(resolve));
  }

  /** Reports frames that an earlier process began and whose input is gone. */
  reportLost(lost: readonly OpenFrame[]): void {
    this.work.reportLost(lost);
  }

  /** Reports frames during which earlier processes ended, and which are not run again. */
  reportAbandoned(abandoned: readonly OpenFrame[]): void {
    this.work.reportAbandoned(abandoned);
  }

  /** Begins what may begin now. */
  private look(): void {
    clearTimeout(this.timer);
    const isEmpty = this.window.size === 0;
    if (isEmpty) for (const settle of this.settlers.splice(0)) settle();
    if (this.isAlone) return;
    if (this.tasks.length > 0) {
      if (isEmpty) void this.runAlone();
    } else if (this.options.stop.aborted) this.refuseAll();
    else if (this.requests.length > 0) this.beginNext();
  }

  private beginNext(): void {
    const assignment = this.parts.assignment();
    const frame = assignment && this.mayRun(assignment) ? this.nextOf(assignment) : undefined;
    const next = frame && this.requests.shift();
    if (frame === undefined || next === undefined) {
      this.timer = setTimeout(() => this.look(), LOOK_MS);
      return;
    }
    next.done(this.run(next, frame, this.window.enter(demandOf(frame))));
  }

  /** What the next frame runs under; undefined when none may begin yet. */
  private nextOf({ model, plan }: Assignment): FrameAssignment | undefined {
    const mayBegin = (frame: FrameAssignment): boolean =>
      this.window.hasRoom(demandOf(frame)) && this.isLinkNear(frame);
    if (plan === null) return mayBegin({ model, plan }) ? { model, plan } : undefined;
    const cut = this.cutOf(plan, (one) => mayBegin({ model, plan: one }));
    return cut && { model, plan: cut, restMs: this.parts.rows.restMs(cut, this.slowness.factor) };
  }

  /** A mix's cuts in turn, or the row for the link of this moment; alone, what needs no cloud. */
  private cutOf(plan: DesiredPlan, mayBegin: (cut: FramePlan) => boolean): FramePlan | undefined {
    const { rows, estimator } = this.parts;
    const atMs = monotonicMs();
    const { factor: slowdown, spread } = this.slowness;
    const isOnline = this.parts.isOnline();
    const moment = { atMs, link: estimator.estimate(atMs), slowdown, spread, isOnline };
    const alone = plan.mix && rows.alone(plan, moment);
    if (plan.mix !== undefined && alone === undefined) return this.turns.take(plan, mayBegin);
    if (!mayBegin(alone ?? rows.current(plan))) return undefined;
    return alone ?? rows.next(plan, moment);
  }

  private async runAlone(): Promise<void> {
    this.isAlone = true;
    await this.tasks.shift()?.();
    this.isAlone = false;
    this.look();
  }

  private async run(
    { request, begun }: Waiting,
    assignment: FrameAssignment,
    place: Place,
  ): Promise<FrameReport> {
    const number = this.frames++;
    const expectedMs = assignment.plan?.predicted.deviceMs ?? 0;
    let timer: NodeJS.Timeout | undefined;
    let startedMs = 0;
    const onDevice = (state: 'begun' | 'done'): void => {
      if (state === 'begun') {
        startedMs = monotonicMs();
        const freeInMs = expectedMs * this.slowness.factor - this.prepareMs;
        timer = setTimeout(() => place.leaveDevice(), Math.max(0, freeInMs));
      } else {
        this.slowness.learn(monotonicMs() - startedMs, expectedMs);
        place.leaveDevice();
      }
    };
    const onPrepared = (prepareMs: number): void => {
      this.learnPreparing(prepareMs);
      begun();
    };
    let report: FrameReport | undefined;
    try {
      const onEnd = (end: FrameEnd): void => this.parts.rows.learn(end, monotonicMs());
      report = await this.work.run(request, number, assignment, { onPrepared, onDevice, onEnd });
      return report;
    } finally {
      clearTimeout(timer);
      this.reports.put(number, report);
      place.leave();
    }
  }

  private learnPreparing(tookMs: number): void {
    const weight = tookMs > this.prepareMs ? SLOWER_WEIGHT : QUICKER_WEIGHT;
    this.prepareMs += weight * (tookMs - this.prepareMs);
  }

  private refuseAll(): void {
    for (const { done } of this.requests.splice(0)) {
      done(Promise.reject(new Fault('SHUTTING_DOWN', 'the agent is stopping')));
    }
  }

  /** Frames wait a little for the connection and the first plan, but never for a cloud that is not there. */
  private mayRun({ plan, sinceMs }: Assignment): boolean {
    const isSettled = this.parts.isOnline() ? plan !== null : this.parts.isOffline();
    return isSettled || monotonicMs() - sinceMs > PLAN_WAIT_MS;
  }

  /**
   * Whether what goes before will be on its way by the time the next frame has something to send. For one that sends at once
   * that is what waits now: the link need not lie idle for tensors that are being computed.
   */
  private isLinkNear({ plan }: FrameAssignment): boolean {
    const { estimator, uploader } = this.parts;
    if (plan === null || plan.uploads.length === 0) return true;
    const beforeBytes = needsDevice(plan) ? uploader.unsentBytes : uploader.queuedBytes;
    if (beforeBytes === 0) return true;
    const link = estimator.estimate(monotonicMs()) ?? plan.link;
    const aheadMs = plan.predicted.deviceMs * this.slowness.factor + this.prepareMs;
    return beforeBytes * link.uplinkMsPerByte <= aheadMs;
  }
}
