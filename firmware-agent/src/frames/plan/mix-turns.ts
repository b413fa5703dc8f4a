/**
 * Which cut of a plan the next frame follows. A stream's pattern says how often each has its turn and in which order; but a
 * cut whose machine is busy does not hold up the others: one whose turn comes soon goes before it, and it has its turn as
 * soon as it can. No turn is lost, and none is taken more than a pattern's length too soon, so the weights are the plan's.
 */
import { cutsOf, type DesiredPlan, type FramePlan } from '../../../../src/wire/index.js';

export class MixTurns {
  private plan: DesiredPlan | undefined;
  private cuts: readonly FramePlan[] = [];
  private pattern: readonly number[] = [];
  /** The oldest turn that is not taken, counted from the plan's first frame. */
  private oldest = 0;
  /** Turns after it that are taken. */
  private readonly taken = new Set<number>();

  /** Takes a turn: of those near the earliest whose cut may begin now; undefined when none may. */
  take(plan: DesiredPlan, mayBegin: (cut: FramePlan) => boolean): FramePlan | undefined {
    if (plan !== this.plan) this.follow(plan);
    const verdicts = new Map<number, boolean>();
    for (let turn = this.oldest; turn < this.oldest + this.pattern.length; turn++) {
      if (this.taken.has(turn)) continue;
      const number = this.pattern[turn % this.pattern.length] ?? 0;
      const cut = this.cuts[number];
      if (cut === undefined) continue;
      const may = verdicts.get(number) ?? mayBegin(cut);
      verdicts.set(number, may);
      if (!may) continue;
      this.taken.add(turn);
      while (this.taken.delete(this.oldest)) this.oldest += 1;
      return cut;
    }
    return undefined;
  }

  private follow(plan: DesiredPlan): void {
    this.plan = plan;
    this.cuts = cutsOf(plan);
    this.pattern = plan.mix?.pattern ?? [0];
    this.oldest = 0;
    this.taken.clear();
  }
}
