/** A row whose turns are being measured: its frames so far, and the plans they ran under. */
import type { PlanView } from '../../fleet.js';
import { isSamePlan } from '../findings/plan-text.js';
import type { PlannedTurn } from './bench-device.js';
import { CLOUD_TENSOR, type Feed, type MeasuredRow, type Turn } from './grid.js';
import type { Task } from './sessions.js';

export class RowInMaking {
  private readonly turns: Turn[] = [];
  private readonly plans = new Map<number, PlanView>();

  constructor(
    readonly task: Task,
    private readonly feed: Feed,
  ) {}

  add({ turn, plans }: PlannedTurn): void {
    this.turns.push(turn);
    for (const [version, plan] of plans) this.plans.set(version, plan);
  }

  /** Throws when no frame has a plan that is known. */
  finished(): MeasuredRow {
    const { row, policy } = this.task;
    const plans = this.turns.flatMap(({ frames }) =>
      frames.flatMap(({ planVersion }) => this.plans.get(planVersion) ?? []),
    );
    const kinds = plans.filter((plan, i) => plans.findIndex((one) => isSamePlan(one, plan)) === i);
    const timesOf = (kind: PlanView): number =>
      plans.filter((plan) => isSamePlan(plan, kind)).length;
    const [plan, ...others] = kinds.toSorted((a, b) => timesOf(b) - timesOf(a));
    if (plan === undefined) throw new Error(`${row.name}: the plan of its frames is not known`);
    const periods = plans.flatMap(({ mix }) => mix?.periodMs ?? []);
    const isTensor = this.feed === 'tensors' && row.strategy === 'cloud';
    return {
      ...{ strategy: row.strategy, policy, plan, turns: this.turns },
      name: isTensor ? CLOUD_TENSOR : row.name,
      otherPlans: others.length,
      plannedPeriodMs:
        periods.length === 0 ? null : periods.reduce((sum, ms) => sum + ms, 0) / periods.length,
    };
  }
}
