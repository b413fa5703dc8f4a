/** Planning's state of one device in memory; the database has all of it but the freshest link. */
import type { DeviceLimits } from '../../fleet/index.js';
import type { StrategyName } from '../../planner/index.js';
import type { Birth, LinkEstimate } from '../../wire/index.js';
import { FrameNoise } from '../budget/frame-noise.js';
import { PlanBudget } from '../budget/plan-budget.js';
import { WaitingReplan } from '../budget/waiting-replan.js';
import { ByteCap } from '../pricing/byte-cap.js';
import { FrameRate } from '../pricing/frame-rate.js';
import { FrameSpreads } from '../pricing/frame-spreads.js';
import type { Spreads } from '../pricing/pace-margin.js';
import { FrameCount } from '../sites/frame-count.js';
import type { LineStanding } from '../sites/line-standing.js';
import type { KnownCosts } from './cost-history.js';
import { DeviceCosts } from './device-costs.js';
import { type AssignedPlan, DeviceDocuments } from './device-documents.js';
import { DeviceLink } from './device-link.js';
import { FollowedRow } from './followed-row.js';

/** What an operator sets. */
export interface PlanSettings {
  readonly deadlineMs: number | null;
  readonly strategy: StrategyName;
  readonly limits: DeviceLimits;
}

/** Shared by all devices for which nothing is set. */
const DEFAULTS: PlanSettings = {
  ...{ deadlineMs: null, strategy: 'auto' },
  limits: {
    ...{ bytesPrice: null, monthlyBytes: null, deviceMemoryBytes: null },
    ...{ deadline: null, uplink: null },
  },
};

export class DeviceState {
  readonly documents = new DeviceDocuments();
  readonly costs = new DeviceCosts();
  readonly link = new DeviceLink();
  readonly row = new FollowedRow();
  readonly rate = new FrameRate();
  readonly cap = new ByteCap();
  readonly frameSpreads = new FrameSpreads();
  readonly noise = new FrameNoise();
  readonly budget = new PlanBudget();
  readonly waiting = new WaitingReplan();
  readonly frameCount = new FrameCount();
  private operatorSettings = DEFAULTS;
  private frameObjective: 'frame' | 'stream' = 'frame';
  private readsSmallPlans = false;
  private lastTailMs = Number.NEGATIVE_INFINITY;
  private infeasible: string | undefined;
  private judgedLine: LineStanding | undefined;

  get settings(): PlanSettings {
    return this.operatorSettings;
  }

  get objective(): 'frame' | 'stream' {
    return this.frameObjective;
  }

  /** True for a device that asked for plans without table, mix and alternatives. */
  get isSmall(): boolean {
    return this.readsSmallPlans;
  }

  /** Max bytes of the blocks on the device: none for a device that runs no blocks, whatever an operator set. */
  get deviceMemoryBytes(): number | null {
    return this.costs.runsBlocks ? this.settings.limits.deviceMemoryBytes : 0;
  }

  /** When the cloud last ran a tail for the device, on the monotonic clock. */
  get tailAtMs(): number {
    return this.lastTailMs;
  }

  /** Why the last planning found no plan. */
  get infeasibleReason(): string | undefined {
    return this.infeasible;
  }

  /** How the line of the device's site stood last; undefined before it was judged. */
  get line(): LineStanding | undefined {
    return this.judgedLine;
  }

  /** What frames cost now; undefined before the model and all block times are known. */
  costsNow(nowMs: number, maxBytes: number): KnownCosts | undefined {
    return this.costs.now(this.documents.model, nowMs, maxBytes);
  }

  /** How much frames vary, as far as is known. */
  spreadsAt(nowMs: number): Spreads {
    const { gapSpread } = this.rate;
    return { ...this.frameSpreads.at(nowMs), ...(gapSpread !== undefined && { gaps: gapSpread }) };
  }

  /** True when the settings differ from those before. */
  settingsRead({ deadlineMs, strategy, limits }: PlanSettings): boolean {
    const settings = { deadlineMs, strategy, limits };
    if (JSON.stringify(settings) === JSON.stringify(this.operatorSettings)) return false;
    this.operatorSettings = settings;
    return true;
  }

  /** Takes a birth: why frames come or travel in another way than before; undefined when they do not. */
  born(birth: Birth): 'source' | 'rate' | undefined {
    const { objective = 'frame', intervalMs } = birth;
    const isSmall = birth.planForm === 'small';
    const isAsBefore = objective === this.objective && isSmall === this.isSmall;
    const isOther = this.costs.born(birth) || !isAsBefore;
    this.frameObjective = objective;
    this.readsSmallPlans = isSmall;
    const isOtherRate = this.rate.setTo(intervalMs);
    if (isOther) return 'source';
    return isOtherRate ? this.rate.cause : undefined;
  }

  tailRan(nowMs: number, overheadMs: number | undefined): void {
    this.lastTailMs = nowMs;
    if (overheadMs !== undefined) this.costs.tailRan(overheadMs);
  }

  /** Planning begins for these. */
  judged(link: LinkEstimate, costs: KnownCosts | undefined): void {
    this.link.judged(link);
    this.costs.judged(costs);
    this.rate.judged();
    this.frameSpreads.judged();
  }

  /** Planning ended; the reason is why it found no plan. */
  decided(infeasibleReason: string | undefined): void {
    this.infeasible = infeasibleReason;
  }

  lineJudged(standing: LineStanding): void {
    this.judgedLine = standing;
  }

  planIssued(assigned: AssignedPlan): void {
    this.documents.planIssued(assigned);
    this.costs.planIssued();
    this.row.planIssued();
  }

  /** Ends all timers. */
  cancel(): void {
    this.link.cancel();
    this.waiting.end();
  }
}
