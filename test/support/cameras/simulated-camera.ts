/**
 * A camera of one picture a second in virtual time: what its agent and the service learn from frames that vary, and which plan documents
 * that leads to. Link, block times and noise are the test's; whatever learns, weighs and limits is the product's own.
 */
import { BlockTimes } from '../../../firmware-agent/src/compute/block-times.js';
import { isAutomatic, type PlanCause, weightierCause } from '../../../src/plans/budget/causes.js';
import { FrameNoise } from '../../../src/plans/budget/frame-noise.js';
import { PlanBudget } from '../../../src/plans/budget/plan-budget.js';
import { decide } from '../../../src/plans/decision/decide.js';
import { hasMoved } from '../../../src/plans/pricing/link-estimates.js';
import { predict, type Situation } from '../../../src/plans/pricing/prediction.js';
import { CloudTimes } from '../../../src/plans/state/cloud-times.js';
import {
  type DesiredPlan,
  DriftWatch,
  type LinkEstimate,
  type ModelDocument,
  medianOf,
  seededRandom,
} from '../../../src/wire/index.js';
import { exactOnly } from '../networks/drawn-models.js';

const SECOND = 1000;
const TELEMETRY_MS = 5 * SECOND;
const CORRECTION_MS = 12 * SECOND;
const DRIFT_PROFILE_MS = 30 * SECOND;
const PROFILE_RUNS = 15;
/** Of an honest estimator on a steady link. */
const LINK_NOISE = 0.05;

export interface SimulatedWorld {
  readonly model: ModelDocument;
  /** True times of blocks, by digest. */
  readonly deviceMs: ReadonlyMap<string, number>;
  readonly cloudMs: ReadonlyMap<string, number>;
  readonly mbps: number;
  /** Standard deviation of the logarithms of times, from frame to frame. */
  readonly sigma: number;
  readonly seed: number;
}

export class SimulatedCamera {
  /** When documents were made, in ms since the start, and why. */
  readonly documents: { readonly atMs: number; readonly cause: PlanCause }[] = [];
  private nowMs = 0;
  /** Multiplies the true times of blocks on the device. */
  private slowdown = 1;
  private readonly random: () => number;
  private readonly budget = new PlanBudget();
  private readonly noise = new FrameNoise();
  private readonly cloud: CloudTimes;
  private readonly cloudDrift = new DriftWatch();
  private times: BlockTimes;
  private believedMs: ReadonlyMap<string, number>;
  private link: LinkEstimate;
  private judged: { link: LinkEstimate; believed: unknown; cloud: unknown };
  private plan: DesiredPlan | undefined;
  private pending: PlanCause | undefined;
  private readonly lastMs = { correction: 0, drift: -DRIFT_PROFILE_MS };

  constructor(private readonly world: SimulatedWorld) {
    this.random = seededRandom(world.seed);
    this.times = new BlockTimes(this.profile());
    this.believedMs = this.reported();
    this.cloud = new CloudTimes(world.cloudMs, {});
    this.link = this.estimate();
    this.judged = { link: this.link, believed: this.believedMs, cloud: this.cloud.times };
    this.replan('first');
  }

  /** Runs frames for some time; device blocks take `slowdown` times their true times from now on. */
  run(forMs: number, slowdown = 1): void {
    this.slowdown = slowdown;
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; ) {
      this.nowMs += SECOND;
      if (this.nowMs % TELEMETRY_MS === 0) this.telemetry();
      this.frame();
      if (this.pending !== undefined && this.budget.waitMs(this.nowMs) === 0) {
        this.budget.ends(this.nowMs);
        this.replan(this.pending);
      }
    }
  }

  private frame(): void {
    const { plan, world } = this;
    const predicted = plan && predict(this.situation, plan);
    if (plan === undefined || predicted === undefined) throw new Error('no plan');
    const [ofDevice, ofCloud, ofLink] = [this.noisy(), this.noisy(), this.noisy()];
    const runs = plan.device.map((digest) => ({ digest, ms: ofDevice * this.deviceMs(digest) }));
    const tails = plan.cloud.map(
      (digest) => [digest, ofCloud * (world.cloudMs.get(digest) ?? 0)] as const,
    );
    const cloudMs = tails.reduce((sum, [, ms]) => sum + ms, 0);
    const deviceMs = runs.reduce((sum, { ms }) => sum + ms, 0);
    const measured = { ...predicted, deviceMs, cloudMs, uplinkMs: predicted.uplinkMs * ofLink };
    const outcome = plan.cloud.length > 0 ? ('cloud' as const) : ('local-plan' as const);
    const sends = plan.uploads.length > 0;
    const record = { outcome, measured, link: null, ageMs: 0 };
    this.noise.learn({ modelId: 'm', record, predicted, sends }, this.nowMs);
    this.cloud.learn({ blockMs: tails, decodings: [] }, this.nowMs);
    this.deviceLearns(runs);
    const drift = sends ? this.cloudDrift.note(cloudMs, plan.predicted.cloudMs) : undefined;
    this.correct(drift !== undefined);
  }

  /** As the agent keeps its profile: again for a drift, else what has moved. */
  private deviceLearns(runs: readonly { readonly digest: string; readonly ms: number }[]): void {
    const drift = this.times.add(runs);
    if (drift !== undefined && this.nowMs - this.lastMs.drift >= DRIFT_PROFILE_MS) {
      this.lastMs.drift = this.nowMs;
      this.times = new BlockTimes(this.profile(), true);
      this.believedMs = this.reported();
      this.request('drift');
    } else if (this.times.areNews) {
      this.believedMs = this.reported();
      this.request('profile');
    }
  }

  /** As the service corrects predictions: with a gap, when its costs have moved or the cloud has drifted. */
  private correct(hasDrifted: boolean): void {
    const { believed, cloud } = this.judged;
    const isSame = believed === this.believedMs && cloud === this.cloud.times;
    if ((isSame && !hasDrifted) || this.nowMs - this.lastMs.correction < CORRECTION_MS) return;
    this.lastMs.correction = this.nowMs;
    this.cloudDrift.reset();
    this.request(hasDrifted ? 'drift' : 'profile');
  }

  private telemetry(): void {
    this.link = this.estimate();
    if (hasMoved(this.judged.link, this.link, 0.05)) this.request('link');
  }

  private request(cause: PlanCause): void {
    if (this.budget.waitMs(this.nowMs) === 0) this.replan(cause);
    else {
      this.budget.waits(this.nowMs);
      this.pending = this.pending === undefined ? cause : weightierCause(this.pending, cause);
    }
  }

  private replan(cause: PlanCause): void {
    this.pending = undefined;
    const { situation, link, believedMs, plan } = this;
    this.judged = { link, believed: believedMs, cloud: this.cloud.times };
    // An agent of today reports rows, so that it is trusted to follow them.
    const followed = { cut: 0, isTrusted: true };
    const noise = this.noise.at(this.nowMs);
    const decision = decide({ situation, current: plan, cause, followed, noise });
    if (decision.kind !== 'issue') return;
    const version = (plan?.version ?? 0) + 1;
    const code = cause === 'cap' || cause === 'site' ? 'operator' : cause;
    const head = { v: 1 as const, version, at: new Date(this.nowMs).toISOString() };
    this.plan = { ...head, cause: { code, text: decision.text }, ...decision.proposal };
    this.documents.push({ atMs: this.nowMs, cause });
    this.cloudDrift.reset();
    if (isAutomatic(cause)) this.budget.issued(this.nowMs);
  }

  private get situation(): Situation {
    const { model } = this.world;
    const costs = {
      ...exactOnly,
      ...{ deviceMs: this.believedMs, cloudMs: this.cloud.times, source: 'tensor' as const },
      maxBytes: 1e6,
    };
    return {
      ...{ model, costs, link: this.link, deadlineMs: null, creditBytes: 1e6 },
      objective: 'frame',
    };
  }

  private profile() {
    return this.world.model.blocks.map(({ digest }) => {
      const runsMs = Array.from(
        { length: PROFILE_RUNS },
        () => this.noisy() * this.deviceMs(digest),
      );
      return { digest, ...medianOf(runsMs), runs: PROFILE_RUNS };
    });
  }

  private reported(): ReadonlyMap<string, number> {
    return new Map(this.times.report().map(({ digest, medianMs }) => [digest, medianMs]));
  }

  private estimate(): LinkEstimate {
    const uplinkMsPerByte = (8 / (1000 * this.world.mbps)) * this.noisy(LINK_NOISE);
    return { uplinkMsPerByte, rttMs: 20, ageMs: 0, confidence: 1, samples: 20 };
  }

  private deviceMs(digest: string): number {
    return this.slowdown * (this.world.deviceMs.get(digest) ?? 0);
  }

  /** A log-normal factor with the median 1 (normal values by Box and Muller). */
  private noisy(sigma = this.world.sigma): number {
    const { random } = this;
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.exp(sigma * normal);
  }
}
