/**
 * Plans for one device at a time, in a thread, hands out what is worth it, and counts what was not.
 *
 * A device waits for its turn once, however often it is asked for, and is planned as it is when the turn comes: the queue
 * is never longer than the fleet, and nothing is planned that is out of date already.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, Log } from '../../platform/index.js';
import type { PlanCause, Question } from '../decision/decide.js';
import { type PlanningAnswer, PlanningThread } from '../decision/planning-thread.js';
import type { Situation } from '../decision/proposal.js';
import type { Followed } from '../decision/table-cover.js';
import type { DeviceState } from '../state/device-state.js';
import { DeviceStates } from '../state/device-states.js';
import { workersFor } from '../state/worker-share.js';
import { DesiredDocuments } from './desired-documents.js';

/** Least time between two plans because of the link: an estimate settles, a device applies a plan. */
const DWELL_MS = 2000;

/** Until a device must have run a frame under the row for its link, and told so. */
const ROW_PATIENCE_MS = 2000;

const DECISIONS_REMEMBERED = 2000;

@Injectable()
export class Replanner {
  /** Plans issued; another cut was better, but held back by the dead band; nothing to change; nothing feasible. */
  readonly counts = {
    ...{ issued: 0, heldBack: 0, unchanged: 0, impossible: 0 },
    /** Another plan would have been issued, but the device has a row for what has changed. */
    rowsFollowed: 0,
    /** Drifts that came too soon after what frames had last led to. */
    driftsHeldBack: 0,
    ...{ planningMs: 0, slowestPlanningMs: 0 },
  };
  /** From a device's request to the decision on it, the latest. */
  private readonly decidedMs: number[] = [];
  private readonly waiting = new Map<
    string,
    { readonly cause: PlanCause; readonly sinceMs: number }
  >();
  private turns: Promise<void> | undefined;
  /** The device that is planned for. */
  private turnOf: string | undefined;
  private readonly handingOut = new Set<Promise<void>>();
  private isClosing = false;
  private readonly log: Log;

  constructor(
    @Inject(DeviceStates) private readonly states: DeviceStates,
    @Inject(DesiredDocuments) private readonly documents: DesiredDocuments,
    @Inject(PlanningThread) private readonly thread: PlanningThread,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Config) private readonly config: Config,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'plans' });
  }

  /** Has a device planned for soon. The newest cause is the one it is told, but news of the link hides no other. */
  request(device: string, cause: PlanCause): void {
    if (this.isClosing) return;
    const before = this.waiting.get(device);
    if (cause !== 'link' || before === undefined) {
      this.waiting.set(device, { cause, sinceMs: before?.sinceMs ?? this.clock.monotonicMs() });
    }
    this.turns ??= this.takeTurns();
  }

  /** True while a plan for a device, or whether it needs one, is still to be found out or handed out. */
  isPlanning(device: string): boolean {
    return this.waiting.has(device) || this.turnOf === device || this.states.isBusy(device);
  }

  /** How long the latest decisions took, waiting for their turn and planning, in ms. */
  get decisionMs(): { readonly p50DecisionMs: number; readonly p99DecisionMs: number } {
    const sorted = this.decidedMs.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? 0;
    return { p50DecisionMs: at(0.5), p99DecisionMs: at(0.99) };
  }

  /** Most tensor bytes a device may have in flight. */
  get creditBytes(): number {
    return Math.min(this.config.deviceBudgetBytes, this.config.totalBudgetBytes);
  }

  /** Nobody waits for a device any more. */
  forget(device: string): void {
    this.waiting.delete(device);
  }

  /** Plans no more; what was decided is still handed out. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.waiting.clear();
    await this.thread.close();
    await this.turns;
    await Promise.all(this.handingOut);
  }

  private async takeTurns(): Promise<void> {
    for (const [device, { cause, sinceMs }] of this.waiting) {
      this.waiting.delete(device);
      this.turnOf = device;
      try {
        await this.replan(device, cause, sinceMs);
      } catch (err) {
        this.log.error({ err, device }, 'the device keeps its plan');
      }
    }
    this.turnOf = undefined;
    this.turns = undefined;
  }

  private async replan(device: string, cause: PlanCause, sinceMs: number): Promise<void> {
    const question = await this.states.inOrder(device, async (state) =>
      cause === 'link' && this.isTooSoon(device, state) ? undefined : this.ask(state, cause),
    );
    if (question === undefined || this.isClosing) return;
    const answer = await this.thread.decide(question);
    this.decidedMs.push(this.clock.monotonicMs() - sinceMs);
    if (this.decidedMs.length > DECISIONS_REMEMBERED) this.decidedMs.shift();
    if (this.isClosing) return;
    this.handOut(device, question, answer);
  }

  /** Storing a version takes longer than deciding on one: the next device is planned for meanwhile. */
  private handOut(device: string, question: Question, answer: PlanningAnswer): void {
    const handedOut = this.states
      .inOrder(device, async (state) => {
        const isAsBefore =
          state.model?.document === question.situation.model &&
          state.current?.plan === question.current;
        if (isAsBefore) await this.apply(device, state, question.cause, answer);
      })
      .catch((err: unknown) => this.log.error({ err, device }, 'the device keeps its plan'))
      .finally(() => this.handingOut.delete(handedOut));
    this.handingOut.add(handedOut);
  }

  /** Two plans because of the link keep their distance; then the link is judged once more, so its last word is not lost. */
  private isTooSoon(device: string, state: DeviceState): boolean {
    const restMs = state.linkPlanAtMs + DWELL_MS - this.clock.monotonicMs();
    if (restMs <= 0) return false;
    this.judgeLater(device, state, restMs, () => undefined);
    return true;
  }

  private judgeLater(device: string, state: DeviceState, inMs: number, before: () => void): void {
    state.dwell ??= this.clock.after(inMs, () => {
      state.dwell = undefined;
      before();
      this.request(device, 'link');
    });
  }

  /** A device that never said it follows a row gets some time for it; then it is told by a plan of its own. */
  private expectRow(device: string, state: DeviceState): void {
    if (state.follows !== undefined || state.isRowOverdue) return;
    this.judgeLater(device, state, ROW_PATIENCE_MS, () => {
      state.isRowOverdue = state.follows === undefined;
    });
  }

  /** Undefined before the model and all block times are known. */
  private ask(state: DeviceState, cause: PlanCause): Question | undefined {
    const situation = this.situationOf(state);
    if (situation === undefined) return undefined;
    state.judgedLink = situation.link;
    state.judgedCosts = state.costsAt(this.clock.monotonicMs());
    const isFirst = state.planVersion === 0;
    return {
      ...{ situation, current: state.current?.plan, cause: isFirst ? 'first' : cause },
      followed: followedBy(state),
    };
  }

  /** All a plan for a device depends on now; undefined before the model and all block times are known. */
  situationOf(state: DeviceState): Situation | undefined {
    const { model, objective, deadlineMs, strategy } = state;
    const { creditBytes } = this;
    const nowMs = this.clock.monotonicMs();
    const known = state.costsNow(nowMs, creditBytes);
    if (model === undefined || known === undefined) return undefined;
    return {
      model: model.document,
      costs: known.costs,
      link: state.linkAt(nowMs),
      ...{ objective, deadlineMs, strategy, creditBytes },
      workers: workersFor(state, this.states.all(), this.config.workers, nowMs),
    };
  }

  private async apply(
    device: string,
    state: DeviceState,
    code: PlanCause,
    answer: PlanningAnswer,
  ): Promise<void> {
    this.count(answer);
    const { decision } = answer;
    state.obstacle = decision.kind === 'impossible' ? decision.because : undefined;
    if (decision.kind === 'impossible') this.log.error({ device }, decision.because);
    if (decision.kind === 'keep' && decision.isByTable) this.expectRow(device, state);
    if (decision.kind !== 'issue') return;
    state.isRowOverdue = false;
    const { proposal, text } = decision;
    await this.documents.issuePlan(device, state, proposal, { code, text });
    if (code === 'link') state.linkPlanAtMs = this.clock.monotonicMs();
  }

  private count({ decision, planningMs }: PlanningAnswer): void {
    const { counts } = this;
    counts.planningMs += planningMs;
    counts.slowestPlanningMs = Math.max(counts.slowestPlanningMs, planningMs);
    if (decision.kind === 'issue') counts.issued += 1;
    else if (decision.kind === 'impossible') counts.impossible += 1;
    else if (decision.isByTable) counts.rowsFollowed += 1;
    else counts[decision.isHeldBack ? 'heldBack' : 'unchanged'] += 1;
  }
}

function followedBy({ current, follows, isRowOverdue }: DeviceState): Followed {
  const isOfPlan = follows !== undefined && follows.version === current?.plan.version;
  return { cut: isOfPlan ? follows.cut : 0, isTrusted: follows !== undefined || !isRowOverdue };
}
