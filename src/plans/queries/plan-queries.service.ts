/** What operators ask of plans: the one a device follows and why, and all it had before. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/index.js';
import { cutsOf, type DesiredPlan, Fault } from '../../wire/index.js';
import type { Waiting } from '../budget/waiting-replan.js';
import { PlansService } from '../control/plans.service.js';
import { Situations } from '../control/situations.js';
import { mbpsOf } from '../pricing/link-estimates.js';
import type { AssignedPlan } from '../state/device-documents.js';
import type { DeviceState } from '../state/device-state.js';
import type { Following } from '../state/followed-row.js';
import { planIn } from '../state/state-loading.js';
import { TwinsStore, type TwinVersion } from '../state/twins.store.js';
import { BytesWorthService } from './bytes-worth.service.js';
import { explain } from './explanation.js';
import type { PlanningInstance } from './instance-answers.js';
import { bytesViewOf, framesPerDay, limitsViewOf } from './limit-view.js';
import type {
  CurrentPlan,
  ExplainedPlan,
  ListedPlan,
  PlanExplanation,
  ReportedView,
  WaitingView,
} from './plan-answers.js';
import { planningInstanceOf } from './planning-instance.js';

@Injectable()
export class PlanQueries {
  constructor(
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(TwinsStore) private readonly store: TwinsStore,
    @Inject(Situations) private readonly situations: Situations,
    @Inject(BytesWorthService) private readonly worth: BytesWorthService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The plan a device should follow. Throws DEVICE_UNKNOWN, and PLAN_NONE saying what is missing. */
  async current(device: string): Promise<CurrentPlan> {
    const state = await this.plans.state(device);
    const assigned = state.documents.current;
    if (assigned === undefined) throw await this.noPlan(device, state);
    const { plan } = assigned;
    const [stored] = await this.store.versions(device, 'plan', 1, plan.version + 1);
    return {
      device,
      desired: plan,
      reported: stored === undefined ? null : reportedView(stored),
      explanation: explanationOf(assigned, this.plans.linkOf(state), state.row.of(plan.version)),
    };
  }

  /** Why the device follows its plan. Throws DEVICE_UNKNOWN, and PLAN_NONE saying what is missing. */
  async explain(device: string): Promise<ExplainedPlan> {
    const state = await this.plans.state(device);
    const plan = state.documents.current?.plan;
    const situation = this.situations.of(state);
    if (plan === undefined || situation === undefined) throw await this.noPlan(device, state);
    const follows = state.row.of(plan.version)?.cut ?? 0;
    const cap = this.situations.capOf(state);
    const perDay = framesPerDay(situation.intervalMs, cap, this.clock.now().getTime());
    return {
      ...{ device, version: plan.version, follows, ...explain(situation, plan, follows) },
      // The line of a site can lengthen the interval to plan for.
      intervalMs: state.rate.intervalMs ?? null,
      waiting: waitingView(state.waiting.now),
      limits: limitsViewOf({
        ...{ limits: state.settings.limits, cap, line: state.line },
        unmet: state.infeasibleReason,
      }),
      bytes: bytesViewOf(await this.worth.of(situation), perDay),
    };
  }

  /** The problem that a plan for the device would solve now. Throws DEVICE_UNKNOWN, and PLAN_NONE saying what is missing. */
  async instance(device: string): Promise<PlanningInstance> {
    const state = await this.plans.state(device);
    const situation = this.situations.of(state);
    if (situation === undefined) throw await this.noPlan(device, state);
    return planningInstanceOf(device, situation);
  }

  /** Plans of a device, newest first; `cursor` is what the page before answered as `next`. Throws DEVICE_UNKNOWN. */
  async history(
    device: string,
    limit: number,
    cursor: number | undefined,
  ): Promise<{ plans: ListedPlan[]; next: string | null }> {
    await this.plans.state(device);
    const rows = await this.store.versions(device, 'plan', limit + 1, cursor);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      plans: shown.flatMap((row) => {
        const kept = planIn(row.document);
        if (kept === undefined) return [];
        const { version } = kept.plan;
        return [{ version, desired: kept.plan, reported: reportedView(row) }];
      }),
      next: last === undefined ? null : String(last.version),
    };
  }

  private async noPlan(device: string, state: DeviceState): Promise<Fault> {
    const facts = await this.store.facts(device);
    const isCapUnknown = this.situations.isCapUnknown(state);
    const missing = whatIsMissing(state, facts, isCapUnknown);
    return new Fault('PLAN_NONE', `${device} has no plan: ${missing}`);
  }
}

function whatIsMissing(
  { documents: { model }, costs, infeasibleReason }: DeviceState,
  facts: { modelId: string | null; lastSeenAt: Date | null } | undefined,
  isCapUnknown: boolean,
): string {
  const isUnseen = facts?.lastSeenAt === null;
  const also = isUnseen ? ', and the device was never seen' : '';
  if (!facts?.modelId) return `no model is assigned to it${also}`;
  if (model === undefined) return `its model ${facts.modelId} is not ready${also}`;
  const missing = costs.blocksToMeasure(model.document).length;
  const of = model.document.blocks.length;
  if (missing > 0) return `it has not measured ${missing} of the model's ${of} blocks${also}`;
  if (isCapUnknown) return 'what its frames sent this month is not known yet';
  return infeasibleReason ?? 'it is being made';
}

function reportedView({
  createdAt,
  reportedAt,
  appliedAt,
  refusal,
}: TwinVersion): ReportedView | null {
  if (reportedAt === null) return null;
  return {
    state: appliedAt === null ? 'refused' : 'applied',
    at: reportedAt.toISOString(),
    convergedMs: appliedAt === null ? null : appliedAt.getTime() - createdAt.getTime(),
    fault: refusal as ReportedView['fault'],
  };
}

function waitingView(waiting: Waiting | undefined): WaitingView | null {
  if (waiting === undefined) return null;
  const { cause, since, until } = waiting;
  return { cause, since: since.toISOString(), until: until.toISOString() };
}

function explanationOf(
  { plan, model }: AssignedPlan,
  link: DesiredPlan['link'],
  follows: Following | undefined,
): PlanExplanation {
  const names = new Map(model.blocks.map(({ digest, name }) => [digest, name]));
  const named = (digests: readonly string[]) => digests.map((one) => names.get(one) ?? one);
  const { device, cloud, uploads } = cutsOf(plan)[follows?.cut ?? 0] ?? plan;
  return {
    model: { id: model.id, name: model.name, version: model.version, digest: model.digest },
    deviceBlocks: named(device),
    cloudBlocks: named(cloud),
    sentBytes: uploads.reduce((sum, { bytes }) => sum + bytes, 0),
    follows: { cut: follows?.cut ?? 0, since: follows?.at.toISOString() ?? null },
    uplinkMbps: mbpsOf(plan.link),
    linkNow: { uplinkMbps: mbpsOf(link), rttMs: link.rttMs, ageMs: Math.round(link.ageMs) },
  };
}
