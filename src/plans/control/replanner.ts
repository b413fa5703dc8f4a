/** Plans for one device at a time in the planning thread, and applies what was decided. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, LimitedLog, Log } from '../../platform/index.js';
import { isAutomatic, type PlanCause, weightierCause } from '../budget/causes.js';
import type { Question } from '../decision/decide.js';
import { type PlanningAnswer, PlanningThread } from '../decision/planning-thread.js';
import type { Followed } from '../decision/table-cover.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { DesiredDocuments } from './desired-documents.js';
import { PlanningCounts } from './planning-counts.js';
import { PlanningTurns, type PlanRequest } from './planning-turns.js';
import { Situations } from './situations.js';

/** A device must run a frame under the row for its link, and report it, within this time. */
const ROW_PATIENCE_MS = 2000;

@Injectable()
export class Replanner {
  private readonly turns: PlanningTurns;
  private readonly handingOut = new Set<Promise<void>>();
  /** Causes of devices that were not planned for because what they sent this month, or the line of their site, was unknown. */
  private readonly held = new Map<string, PlanCause>();
  private isClosing = false;
  private readonly lines: LimitedLog;

  constructor(
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(Situations) private readonly situations: Situations,
    @Inject(DesiredDocuments) private readonly documents: DesiredDocuments,
    @Inject(PlanningThread) private readonly thread: PlanningThread,
    @Inject(PlanningCounts) private readonly counts: PlanningCounts,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.lines = new LimitedLog(log.child({ part: 'plans' }), clock);
    this.turns = new PlanningTurns(async (request) => {
      await this.replan(request).catch((err: unknown) => this.failed(request.device, err));
    }, clock);
  }

  /** Queues a device for planning; of several causes the weightiest counts. */
  request(device: string, cause: PlanCause): void {
    this.turns.request(device, cause);
  }

  /** What a device sent this month, or its line, is known now: it is planned for where that was waited for. True where it was. */
  resume(device: string): boolean {
    const cause = this.held.get(device);
    this.held.delete(device);
    if (cause === undefined) return false;
    this.request(device, cause);
    return true;
  }

  /** True while news of a device may lead to another plan of it soon; what waits for its budget can wait for minutes. */
  isPlanning(device: string): boolean {
    const { states } = this;
    const isHeld = this.turns.has(device) || this.held.has(device);
    return states.get(device) === undefined || isHeld || states.isBusy(device);
  }

  forget(device: string): void {
    this.turns.forget(device);
    this.held.delete(device);
  }

  /** Stops planning; plans that are decided are still handed out. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.turns.close();
    await this.thread.close();
    await this.turns.drained();
    await Promise.all(this.handingOut);
  }

  private async replan({ device, cause, sinceMs }: PlanRequest): Promise<void> {
    const question = await this.states.inOrder(device, async (state) => {
      const { situations } = this;
      const isUnknown = situations.isCapUnknown(state) || situations.isLineUnknown(state);
      if (isUnknown) return this.hold(device, cause);
      this.held.delete(device);
      return this.mustWait(device, state, cause) ? undefined : this.ask(state, cause);
    });
    if (question === undefined || this.isClosing) return;
    const answer = await this.thread.decide(question);
    this.counts.decided(this.clock.monotonicMs() - sinceMs);
    if (this.isClosing) return;
    this.handOut(device, question, answer);
  }

  /** A plan could send more than the cap or the line leaves: the device keeps its plan until that is known. */
  private hold(device: string, cause: PlanCause): undefined {
    const before = this.held.get(device);
    this.held.set(device, before === undefined ? cause : weightierCause(before, cause));
    return undefined;
  }

  /** Storing a version takes longer than deciding on one: the next device is planned for meanwhile. */
  private handOut(device: string, question: Question, answer: PlanningAnswer): void {
    const handedOut = this.states
      .inOrder(device, async (state) => {
        const isAsBefore =
          state.documents.model?.document === question.situation.model &&
          state.documents.current?.plan === question.current;
        if (isAsBefore) await this.apply(device, state, question.cause, answer);
      })
      .catch((err: unknown) => this.failed(device, err))
      .finally(() => this.handingOut.delete(handedOut));
    this.handingOut.add(handedOut);
  }

  private failed(device: string, err: unknown): void {
    this.lines.error({ err, device }, 'replanning failed; device keeps its current plan');
  }

  /**
   * Where no operator wants another plan, a device with a plan that it can follow waits for its budget. What waits is judged when its time
   * comes, by what is known then, so that the last word wins and no news is lost.
   */
  private mustWait(device: string, state: DeviceState, cause: PlanCause): boolean {
    const { budget, waiting } = state;
    if (!isAutomatic(cause) || !this.situations.canFollow(state)) return false;
    const nowMs = this.clock.monotonicMs();
    const waitMs = budget.waitMs(nowMs);
    if (waitMs <= 0) return false;
    if (waiting.now === undefined) this.counts.waits();
    budget.waits(nowMs);
    waiting.hold(this.clock, cause, waitMs, (weightiest) => {
      budget.ends(this.clock.monotonicMs());
      this.request(device, weightiest);
    });
    return true;
  }

  /** A device that never reported a row gets some time to follow it; then it gets a plan of its own. */
  private expectRow(device: string, { link, row }: DeviceState): void {
    if (row.isReported || !row.isTrusted) return;
    link.judgeLater(this.clock, ROW_PATIENCE_MS, () => {
      row.expired();
      this.request(device, 'link');
    });
  }

  /** Undefined before the model and all block times are known. */
  private ask(state: DeviceState, cause: PlanCause): Question | undefined {
    const situation = this.situations.of(state);
    if (situation === undefined) return undefined;
    const nowMs = this.clock.monotonicMs();
    state.judged(situation.link, state.costs.at(nowMs));
    state.cap.planned(situation.limits?.maxFrameBytes, nowMs);
    const { documents } = state;
    const isFirst = documents.planVersion === 0;
    return {
      ...{ situation, current: documents.current?.plan, cause: isFirst ? 'first' : cause },
      ...{ followed: followedBy(state), noise: state.noise.at(nowMs) },
    };
  }

  private async apply(
    device: string,
    state: DeviceState,
    cause: PlanCause,
    answer: PlanningAnswer,
  ): Promise<void> {
    this.counts.applied(answer);
    const { decision } = answer;
    state.decided(decision.kind === 'impossible' ? decision.because : undefined);
    if (decision.kind === 'impossible') {
      this.lines.error({ device }, decision.because, decision.kind);
      this.documents.planImpossible(device, state, cause === 'source', decision.because);
    }
    if (decision.kind === 'keep' && decision.isByTable) this.expectRow(device, state);
    if (decision.kind !== 'issue') return;
    const { proposal, text } = decision;
    const code = cause === 'cap' || cause === 'site' ? 'operator' : cause;
    const hadPlan = state.documents.current !== undefined;
    await this.documents.issuePlan(device, state, proposal, { code, text });
    if (hadPlan && isAutomatic(cause)) state.budget.issued(this.clock.monotonicMs());
  }
}

function followedBy({ documents, row }: DeviceState): Followed {
  const cut = row.of(documents.current?.plan.version)?.cut ?? 0;
  return { cut, isTrusted: row.isTrusted };
}
