/** What planning holds of one device in memory; the database has all of it but the freshest link. */
import type { StrategyName } from '../planner/index.js';
import type { DesiredModel, DesiredPlan, LinkEstimate, ModelDocument } from '../wire/index.js';
import { ASSUMED_LINK, aged } from './link.js';
import type { ReadyModel } from './model-shelf.js';
import { type Abilities, NO_ABILITIES } from './ways.js';

/** A plan with the model it belongs to: what a frame that names its version is run by. */
export interface AssignedPlan {
  readonly plan: DesiredPlan;
  readonly modelId: string;
  readonly model: ModelDocument;
}

/** Plans that frames may still name: a device may have frames of several plans on their way. */
export const PLANS_REMEMBERED = 8;

export class DeviceState {
  /** The newest model document, its version, and the model it hands out. */
  desiredModel: DesiredModel | undefined;
  modelVersion = 0;
  model: ReadyModel | undefined;
  /** Device times of blocks, by digest. */
  deviceMs: ReadonlyMap<string, number> = new Map();
  deadlineMs: number | null = null;
  strategy: StrategyName = 'auto';
  objective: 'frame' | 'stream' = 'frame';
  abilities: Abilities = NO_ABILITIES;
  /** The newest version of a plan ever made, also for models that are no longer assigned. */
  planVersion = 0;
  /** Plans up to this version are of before the model was last handed out: the device may have dropped them. */
  droppedVersion = 0;
  /** Why the last planning led to nothing. */
  obstacle: string | undefined;
  /** The link that the last planning was for, or that was found to be no reason for another. */
  judgedLink: LinkEstimate = ASSUMED_LINK;
  /** When the link last led to a plan, on the monotonic clock. */
  linkPlanAtMs = Number.NEGATIVE_INFINITY;
  /** Runs when the link may lead to a plan again. */
  dwell: NodeJS.Timeout | undefined;
  /** The cut of a plan that the device follows by its own choice, since when; undefined where it said nothing of that. */
  follows: { readonly version: number; readonly cut: number; readonly at: Date } | undefined;
  /** True when the broker holds this device's retained documents: it forgets them when the service stops. */
  isPublished = false;
  private readonly plans = new Map<number, AssignedPlan>();
  private estimate: { readonly link: LinkEstimate; readonly atMs: number } | undefined;

  /** The plan the device should follow; undefined without a model, or before there is one for it. */
  get current(): AssignedPlan | undefined {
    const newest = this.plans.get(this.planVersion);
    if (this.planVersion <= this.droppedVersion) return undefined;
    return newest !== undefined && newest.modelId === this.model?.id ? newest : undefined;
  }

  /** A remembered plan. */
  plan(version: number): AssignedPlan | undefined {
    return this.plans.get(version);
  }

  /** Remembers a plan; the ones that are too old are forgotten. */
  remember(assigned: AssignedPlan): void {
    this.plans.set(assigned.plan.version, assigned);
    this.planVersion = Math.max(this.planVersion, assigned.plan.version);
    for (const version of this.plans.keys()) {
      if (version <= this.planVersion - PLANS_REMEMBERED) this.plans.delete(version);
    }
  }

  /** Takes an estimate that was made just now. */
  learnLink(link: LinkEstimate, nowMs: number): void {
    this.estimate = { link, atMs: nowMs };
  }

  /** The newest estimate with its age now, or what is assumed. */
  linkAt(nowMs: number): LinkEstimate {
    return this.estimate === undefined
      ? ASSUMED_LINK
      : aged(this.estimate.link, nowMs - this.estimate.atMs);
  }
}
