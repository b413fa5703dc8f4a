/** Plans for one device at a time, hands out what is worth it, and counts what was not. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Config, Log } from '../platform/index.js';
import { DesiredDocuments } from './desired-documents.js';
import type { DeviceState } from './device-state.js';
import { blocksWithoutTime } from './network.js';
import type { Situation } from './planning.js';
import { type Decision, decide, type PlanCause } from './replanning.js';

@Injectable()
export class Replanner {
  /**
   * Plans issued; another cut was better, but held back by the dead band; nothing to change; nothing feasible. Planning
   * runs on the event loop, so its time is counted too.
   */
  readonly counts = {
    ...{ issued: 0, heldBack: 0, unchanged: 0, impossible: 0 },
    ...{ planningMs: 0, slowestPlanningMs: 0 },
  };
  private readonly log: Log;

  constructor(
    @Inject(DesiredDocuments) private readonly documents: DesiredDocuments,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Config) private readonly config: Config,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'plans' });
  }

  /** True when the device got another plan; nothing happens before its model and all block times are known. */
  async replan(device: string, state: DeviceState, cause: PlanCause): Promise<boolean> {
    const situation = this.situationOf(state);
    if (situation === undefined) return false;
    const code = state.planVersion === 0 ? 'first' : cause;
    const startMs = this.clock.monotonicMs();
    const decision = decide(situation, state.current?.plan, code);
    this.count(decision, this.clock.monotonicMs() - startMs);
    state.judgedLink = situation.link;
    state.obstacle = decision.kind === 'impossible' ? decision.because : undefined;
    if (decision.kind === 'impossible') this.log.error({ device }, decision.because);
    if (decision.kind !== 'issue') return false;
    const { proposal, text } = decision;
    await this.documents.issuePlan(device, state, proposal, { code, text });
    return true;
  }

  private situationOf(state: DeviceState): Situation | undefined {
    const { model, deviceMs, source, deadlineMs } = state;
    if (model === undefined) return undefined;
    if (blocksWithoutTime(model.document, deviceMs).length > 0) return undefined;
    const creditBytes = Math.min(this.config.deviceBudgetBytes, this.config.totalBudgetBytes);
    return {
      model: model.document,
      costs: { deviceMs, cloudMs: model.cloudMs, source, mostBytes: creditBytes },
      link: state.linkAt(this.clock.monotonicMs()),
      deadlineMs,
      creditBytes,
    };
  }

  private count(decision: Decision, ms: number): void {
    const { counts } = this;
    counts.planningMs += ms;
    counts.slowestPlanningMs = Math.max(counts.slowestPlanningMs, ms);
    if (decision.kind === 'issue') counts.issued += 1;
    else if (decision.kind === 'impossible') counts.impossible += 1;
    else counts[decision.isHeldBack ? 'heldBack' : 'unchanged'] += 1;
  }
}
