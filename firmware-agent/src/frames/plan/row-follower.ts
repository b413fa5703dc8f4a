/**
 * Which row of a plan's table the next frame follows: the one that suits the link of this moment (src/wire/adapt), and while the
 * cloud is silent the one that needs none. The device decides alone and reports the row afterwards.
 */
import {
  cutsOf,
  type DeadlineGoal,
  type DesiredPlan,
  type FramePlan,
  type LinkEstimate,
  LinkForecast,
  type Moment,
  OfflineLadder,
  RowChoice,
  rowsOfPlan,
} from '../../../../src/wire/index.js';
import type { FrameEnd } from '../run/frame-end.js';

/** Called when frames begin to follow another cut of a plan. */
export type OnCut = (plan: DesiredPlan, cut: number) => void;

/** What the device is set to. */
export type OwnGoal = { readonly [K in keyof DeadlineGoal]?: DeadlineGoal[K] | undefined };

export interface RowListeners {
  readonly onCut: OnCut;
  /** Called when a sample of the link would help: two rows are close, or a frame was not answered. */
  readonly onDoubt: () => void;
}

/** What is known when a frame begins. */
export interface RowMoment {
  readonly atMs: number;
  readonly link: LinkEstimate | null;
  /** How much slower the device is than it was said to be. */
  readonly slowdown: number;
  /** Standard deviation of its times, as a share of them. */
  readonly spread?: number;
  /** Whether there is a session with the cloud. */
  readonly isOnline: boolean;
}

/** A plan in force. */
interface Followed {
  readonly plan: DesiredPlan;
  readonly cuts: readonly [FramePlan, ...FramePlan[]];
  /** Cuts of the table's rows, in the order of the choice. */
  readonly rows: readonly FramePlan[];
  readonly choice: RowChoice | undefined;
}

export class RowFollower {
  private readonly forecast = new LinkForecast();
  private readonly ladder = new OfflineLadder();
  private followed: Followed | undefined;
  /** Better rows that were not followed because they were not better by enough, of plans before this one. */
  private suppressedBefore = 0;

  /** With a deadline and a risk, the device's own or those of the plan, rows are chosen to keep the deadline. */
  constructor(
    private readonly listeners: RowListeners,
    private readonly own: OwnGoal = {},
  ) {}

  get suppressed(): number {
    return this.suppressedBefore + (this.followed?.choice?.counts.suppressed ?? 0);
  }

  /** The current cut; chooses nothing. */
  current(plan: DesiredPlan): FramePlan {
    const { choice, rows, cuts } = this.follow(plan);
    return (choice && rows[choice.row]) ?? cuts[0];
  }

  /** The cut for a frame that begins now. */
  next(plan: DesiredPlan, moment: RowMoment): FramePlan {
    const followed = this.follow(plan);
    const isAlone = this.ladder.isAlone(moment.atMs, moment.link, moment.isOnline);
    if (followed.choice === undefined) return followed.cuts[0];
    const { row, isSwitch, isClose } = followed.choice.choose({
      ...moment,
      assumedMsPerByte: plan.link.uplinkMsPerByte,
      ...paceOf(plan),
      isAlone,
    });
    const cut = followed.rows[row] ?? followed.cuts[0];
    if (isClose) this.listeners.onDoubt();
    if (isSwitch) this.listeners.onCut(plan, cut.cut);
    return cut;
  }

  /** The cut that needs no cloud, while the cloud is silent and the plan has one. */
  alone(plan: DesiredPlan, { atMs, link, isOnline }: RowMoment): FramePlan | undefined {
    if (!this.ladder.isAlone(atMs, link, isOnline)) return undefined;
    return this.follow(plan).rows.find(({ cloud }) => cloud.length === 0);
  }

  /** Time the device would need in addition to a cut to finish the whole frame; undefined where the plan does not have it. */
  restMs(plan: FramePlan, slowdown: number): number | undefined {
    const rows = rowsOfPlan(plan);
    const own = rows.find(({ cut }) => cut === plan.cut);
    const alone = rows.find(({ times }) => times.uploads.length === 0);
    if (own === undefined || alone === undefined) return undefined;
    return slowdown * Math.max(0, alone.times.deviceMs - own.times.deviceMs);
  }

  /** What became of a frame, at a time. */
  learn({ outcome, isSilent }: Pick<FrameEnd, 'outcome' | 'isSilent'>, atMs: number): void {
    if (outcome === 'cloud') this.ladder.answered();
    else if (isSilent) this.ladder.silent(atMs);
    if (outcome === 'local-fallback') this.listeners.onDoubt();
  }

  /** A new plan is begun with the cut that was in force, where it has that one: the device saw the link last. */
  private follow(plan: DesiredPlan): Followed {
    if (this.followed?.plan === plan) return this.followed;
    const before = this.followed;
    this.suppressedBefore = this.suppressed;
    const cuts = cutsOf(plan);
    const own = rowsOfPlan(plan);
    const rows = own.flatMap(({ cut }) => cuts[cut] ?? []);
    const inForce = before?.choice && before.rows[before.choice.row];
    const start = rows.findIndex((row) => inForce !== undefined && isSameCut(row, inForce));
    const times = own.map((row) => row.times);
    const aim = { deadline: goalFor(this.own, plan), bytesPrice: plan.limits?.bytesPrice };
    const choice =
      own.length === 0
        ? undefined
        : new RowChoice(times, this.forecast, Math.max(0, start), before?.choice, aim);
    this.followed = { plan, cuts, rows, choice };
    if (start > 0 && plan.mix === undefined) this.listeners.onCut(plan, rows[start]?.cut ?? 0);
    return this.followed;
  }
}

/** The interval that the plan is for, and what it keeps free of it. */
function paceOf({ paced }: DesiredPlan): Pick<Moment, 'intervalMs' | 'margins'> {
  if (paced === undefined) return {};
  const { intervalMs, margins } = paced;
  return { intervalMs, ...(margins !== undefined && { margins }) };
}

function isSameCut(a: FramePlan, b: FramePlan): boolean {
  const textOf = ({ model, device, cloud, uploads }: FramePlan): string =>
    JSON.stringify([
      model,
      device,
      cloud,
      uploads.map(({ tensor, encoding }) => [tensor, encoding]),
    ]);
  return textOf(a) === textOf(b);
}

/** The deadline that rows are chosen for: the device's own settings come before the plan, each by itself. */
function goalFor(own: OwnGoal, { deadline }: DesiredPlan): DeadlineGoal | undefined {
  const { deadlineMs = deadline?.deadlineMs, risk = deadline?.risk } = own;
  return deadlineMs === undefined || risk === undefined ? undefined : { deadlineMs, risk };
}
