/** What planning holds of one device in memory; the database has all of it but the freshest link. */
import type { StrategyName } from '../../planner/index.js';
import type { Timer } from '../../platform/index.js';
import {
  type DesiredModel,
  type DesiredPlan,
  DriftWatch,
  type LinkEstimate,
  type ModelDocument,
} from '../../wire/index.js';
import { ASSUMED_LINK, aged } from '../pricing/link-estimates.js';
import { OverheadEstimates } from '../pricing/overheads.js';
import { blocksWithoutTime } from '../pricing/planner-network.js';
import { type Abilities, encodingCosts, NO_ABILITIES } from '../pricing/ways.js';
import { CostHistory, type KnownCosts } from './cost-history.js';
import type { ReadyModel } from './model-shelf.js';

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
  /** What frames of the model cost beside blocks and bytes. */
  readonly overheads = new OverheadEstimates();
  private readonly costHistory = new CostHistory();
  /** Whether the cloud's part of frames takes what the plan says. */
  readonly cloudDrift = new DriftWatch();
  /** The costs that the last planning was for. */
  judgedCosts: KnownCosts | undefined;
  /** When what frames show last led to planning, on the monotonic clock. */
  correctedAtMs = Number.NEGATIVE_INFINITY;
  deadlineMs: number | null = null;
  strategy: StrategyName = 'auto';
  objective: 'frame' | 'stream' = 'frame';
  /** When the cloud last ran a tail for the device, on the monotonic clock. */
  tailAtMs = Number.NEGATIVE_INFINITY;
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
  dwell: Timer | undefined;
  /** The cut of a plan that the device follows by its own choice, since when; undefined where it said nothing of that. */
  follows: { readonly version: number; readonly cut: number; readonly at: Date } | undefined;
  /** True when it had time to follow another row of its plan's table, and never said that it did. */
  isRowOverdue = false;
  /** True when the broker holds this device's retained documents: it forgets them when the service stops. */
  isPublished = false;
  /** The newest versions that were told to be applied. */
  readonly converged = { plan: 0, model: 0 };
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
    this.cloudDrift.reset();
    this.planVersion = Math.max(this.planVersion, assigned.plan.version);
    for (const version of this.plans.keys()) {
      if (version <= this.planVersion - PLANS_REMEMBERED) this.plans.delete(version);
    }
  }

  /** What frames of the model cost as far as is known now; undefined before the model and all block times are. */
  costsNow(nowMs: number, mostBytes: number): KnownCosts | undefined {
    const { model, deviceMs, abilities } = this;
    if (model === undefined || blocksWithoutTime(model.document, deviceMs).length > 0)
      return undefined;
    const own = this.overheads.overheads;
    const { encodingRules } = model;
    const { times: cloudMs, decodeMsPerByte, queueMs } = model.cloud;
    const from = [
      ...[deviceMs, cloudMs, decodeMsPerByte, own, queueMs, abilities, encodingRules, mostBytes],
    ];
    return this.costHistory.note(nowMs, model.id, from, () => ({
      ...{ deviceMs, cloudMs, overheads: { ...own, queueMs }, mostBytes },
      ...encodingCosts(model.document.tensors, { ...encodingRules, decodeMsPerByte }, abilities),
    }));
  }

  /** What was known of them at a time; undefined when that is not remembered. */
  costsAt(atMs: number): KnownCosts | undefined {
    return this.costHistory.at(atMs);
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
