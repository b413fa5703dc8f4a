/** Figures of planning since the start, and how long the latest decisions took. */
import { Injectable } from '@nestjs/common';
import { percentileOf } from '../../wire/index.js';
import type { PlanningAnswer } from '../decision/planning-thread.js';

const DECISIONS_REMEMBERED = 2000;

@Injectable()
export class PlanningCounts {
  /** Plans issued; a better cut was held back by the dead band; nothing to change; nothing feasible. */
  readonly figures = {
    ...{ issued: 0, heldBack: 0, unchanged: 0, impossible: 0 },
    /** Another plan was better, but the device has a row for what has changed. */
    rowsFollowed: 0,
    /** Drifts that came too soon after the last correction. */
    driftsHeldBack: 0,
    /** Times that a device began to wait for its budget. */
    waited: 0,
    ...{ planningMs: 0, slowestPlanningMs: 0 },
  };
  /** From a request to its decision, the latest. */
  private readonly decisionsMs: number[] = [];

  /** Waiting and planning of the latest decisions, in ms. */
  get decisionMs(): { readonly p50DecisionMs: number; readonly p99DecisionMs: number } {
    const sorted = this.decisionsMs.toSorted((a, b) => a - b);
    const at = (p: number): number => percentileOf(sorted, p) ?? 0;
    return { p50DecisionMs: at(50), p99DecisionMs: at(99) };
  }

  decided(tookMs: number): void {
    this.decisionsMs.push(tookMs);
    if (this.decisionsMs.length > DECISIONS_REMEMBERED) this.decisionsMs.shift();
  }

  /** Counts a decision that is applied. */
  applied({ decision, planningMs }: PlanningAnswer): void {
    const { figures } = this;
    figures.planningMs += planningMs;
    figures.slowestPlanningMs = Math.max(figures.slowestPlanningMs, planningMs);
    if (decision.kind === 'issue') figures.issued += 1;
    else if (decision.kind === 'impossible') figures.impossible += 1;
    else if (decision.isByTable) figures.rowsFollowed += 1;
    else figures[decision.isHeldBack ? 'heldBack' : 'unchanged'] += 1;
  }

  waits(): void {
    this.figures.waited += 1;
  }

  driftHeldBack(): void {
    this.figures.driftsHeldBack += 1;
  }
}
