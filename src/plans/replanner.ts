/**
 * Plans for one device at a time, in a thread, hands out what is worth it, and counts what was not.
 *
 * A device waits for its turn once, however often it is asked for, and is planned as it is when the turn comes: the queue
 * is never longer than the fleet, and nothing is planned that is out of date already.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, Log } from '../platform/index.js';
import { DesiredDocuments } from './desired-documents.js';
import type { DeviceState } from './device-state.js';
import { DeviceStates } from './device-states.js';
import type { Situation } from './planning.js';
import { type PlanningAnswer, type PlanningQuestion, PlanningThread } from './planning-thread.js';
import type { PlanCause } from './replanning.js';
import { workersFor } from './worker-share.js';

/** Least time between two plans because of the link: an estimate settles, a device applies a plan. */
const DWELL_MS = 2000;

@Injectable()
export class Replanner {
  /** Plans issued; another cut was better, but held back by the dead band; nothing to change; nothing feasible. */
  readonly counts = {
    ...{ issued: 0, heldBack: 0, unchanged: 0, impossible: 0 },
    /** Drifts that came too soon after what frames had last led to. */
    driftsHeldBack: 0,
    ...{ planningMs: 0, slowestPlanningMs: 0 },
  };
  private readonly waiting = new Map<string, PlanCause>();
  private turns: Promise<void> | undefined;
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
    if (cause !== 'link' || !this.waiting.has(device)) this.waiting.set(device, cause);
    this.turns ??= this.takeTurns();
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
  }

  private async takeTurns(): Promise<void> {
    for (const [device, cause] of this.waiting) {
      this.waiting.delete(device);
      try {
        await this.replan(device, cause);
      } catch (err) {
        this.log.error({ err, device }, 'the device keeps its plan');
      }
    }
    this.turns = undefined;
  }

  private async replan(device: string, cause: PlanCause): Promise<void> {
    const question = await this.states.inOrder(device, async (state) =>
      cause === 'link' && this.isTooSoon(device, state) ? undefined : this.ask(state, cause),
    );
    if (question === undefined || this.isClosing) return;
    const answer = await this.thread.decide(question);
    if (this.isClosing) return;
    await this.states.inOrder(device, async (state) => {
      const isAsBefore =
        state.model?.document === question.situation.model &&
        state.current?.plan === question.current;
      if (isAsBefore) await this.apply(device, state, question.cause, answer);
    });
  }

  /** Two plans because of the link keep their distance; then the link is judged once more, so its last word is not lost. */
  private isTooSoon(device: string, state: DeviceState): boolean {
    const restMs = state.linkPlanAtMs + DWELL_MS - this.clock.monotonicMs();
    if (restMs <= 0) return false;
    state.dwell ??= setTimeout(() => {
      state.dwell = undefined;
      this.request(device, 'link');
    }, restMs);
    return true;
  }

  /** Undefined before the model and all block times are known. */
  private ask(state: DeviceState, cause: PlanCause): PlanningQuestion | undefined {
    const situation = this.situationOf(state);
    if (situation === undefined) return undefined;
    state.judgedLink = situation.link;
    state.judgedCosts = state.costsAt(this.clock.monotonicMs());
    const isFirst = state.planVersion === 0;
    return { situation, current: state.current?.plan, cause: isFirst ? 'first' : cause };
  }

  private situationOf(state: DeviceState): Situation | undefined {
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
    if (decision.kind !== 'issue') return;
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
    else counts[decision.isHeldBack ? 'heldBack' : 'unchanged'] += 1;
  }
}
