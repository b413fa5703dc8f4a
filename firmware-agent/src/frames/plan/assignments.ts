/**
 * The cloud's desired documents on their way to being applied: a model once its blocks are here, loaded and timed; a plan
 * once its model is. Both are kept on disk, so that a device without a network starts as it stopped.
 */
import {
  type DesiredModel,
  type DesiredPlan,
  Fault,
  type ModelDocument,
  type Telemetry,
} from '../../../../src/wire/index.js';
import { monotonicMs, pause } from '../../clock.js';
import type { CloudSession } from '../../cloud/mqtt/cloud-session.js';
import { earlierOf, type IssuedModel } from '../../cloud/mqtt/record-age.js';
import type { Compute } from '../../compute/compute.js';
import type { BlockStore } from '../../disk/block-store.js';
import { asDiskFault } from '../../disk/disk-full.js';
import type { DocumentStore } from '../../disk/document-store.js';
import { errorText, type Log } from '../../log.js';
import type { Assignment } from '../run/frame-assignment.js';
import { ApplyTrouble } from './apply-trouble.js';
import { Confinement } from './confinement.js';
import { DocumentReports } from './document-reports.js';
import { isKnownAs, isSame } from './document-versions.js';
import { planFault } from './plan-check.js';
import type { ProfileUpkeep } from './profile-upkeep.js';

const NO_MODEL =
  'no model is assigned to this device; assign one (PATCH /api/v1/devices/… with {"model": "<id>"})';

export interface AssignmentParts {
  readonly session: CloudSession;
  readonly compute: Compute;
  readonly blocks: BlockStore;
  readonly documents: DocumentStore;
  readonly profileUpkeep: ProfileUpkeep;
  readonly blocksLimitBytes: number;
  /** Does something while no frame is in flight. */
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>;
  readonly stopSending: (fault: Fault) => void;
  /** The desired model cannot be applied for now, for a reason that is new. */
  readonly onFault: () => void;
  readonly log: Log;
}

interface HeldModel {
  readonly document: DesiredModel & { model: ModelDocument };
  readonly sinceMs: number;
}

export class Assignments {
  readonly confinement: Confinement;
  private readonly reports: DocumentReports;
  private desired: DesiredModel | undefined;
  private hasFailed = false;
  /** Of the desired model; a new one with every document. */
  private trouble = new ApplyTrouble();
  private held: HeldModel | undefined;
  private firstIssued: IssuedModel | undefined;
  private plan: DesiredPlan | undefined;
  /** A plan whose model is not here yet. */
  private pendingPlan: DesiredPlan | undefined;
  private preparing = new AbortController();
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly parts: AssignmentParts) {
    this.confinement = new Confinement(parts.stopSending);
    this.reports = new DocumentReports(parts.session, parts.log);
    parts.session.on('desiredModel', (document) => this.takeModel(document));
    parts.session.on('desiredPlan', (plan) => this.takePlan(plan));
    // What is retained for the device comes with its subscriptions, before it is ready.
    parts.session.on('ready', () => {
      if (this.desired === undefined) parts.log.info(NO_MODEL);
    });
  }

  /** Begins with what was applied before the last stop. */
  restore(): void {
    const document = this.parts.documents.read('model');
    if (document?.model == null) return;
    this.pendingPlan = this.parts.documents.read('plan');
    this.takeModel(document);
  }

  /** The model that is held, and when the cloud first issued it, as far as is known. */
  get issued(): IssuedModel | undefined {
    return this.firstIssued;
  }

  /** What keeps the desired model from being applied. */
  faults(): NonNullable<Telemetry['faults']> {
    return this.trouble.figures();
  }

  current(): Assignment | undefined {
    if (this.held === undefined) return undefined;
    const { document, sinceMs } = this.held;
    return { model: document.model, plan: this.plan ?? null, sinceMs };
  }

  /** Reports the cut that frames follow from now on. */
  reportCut({ version }: DesiredPlan, cut: number): void {
    this.parts.log.info(`plan ${version}: frames follow cut ${cut}`);
    this.reports.send('reportedPlan', version, { cut });
  }

  /** Aborts downloads and waits for work that cannot be aborted. */
  async close(): Promise<void> {
    this.preparing.abort();
    await this.work;
  }

  private takeModel(document: DesiredModel): void {
    const isKnown = isKnownAs(document, this.desired);
    if (isKnown && this.held !== undefined && isSame(document, this.held.document)) {
      this.reportModel(this.held);
    }
    // One that failed is tried again when the cloud repeats it.
    if (isKnown && !(this.hasFailed && isSame(document, this.desired))) return;
    // The cloud repeats a document at every session: its trouble goes on.
    const isRepeated = this.desired !== undefined && isSame(document, this.desired);
    if (!isRepeated) this.trouble = new ApplyTrouble();
    this.desired = document;
    this.confine(document);
    this.hasFailed = false;
    this.preparing.abort();
    this.preparing = new AbortController();
    const { signal } = this.preparing;
    this.work = this.work.then(() => this.prepare(document, signal));
  }

  /** Applies a document or reports why it cannot, and tries again; frames go on under the old one meanwhile. */
  private async prepare(document: DesiredModel, signal: AbortSignal): Promise<void> {
    const { log } = this.parts;
    const { trouble } = this;
    while (!signal.aborted) {
      const fault = await this.tryToApply(document, signal);
      if (signal.aborted) return;
      if (fault === undefined) {
        this.trouble = new ApplyTrouble();
        return;
      }
      const waitMs = trouble.pauseMs(fault);
      if (this.note(fault) || !this.hasFailed) {
        const text = `model document ${document.version} cannot be applied: ${fault.message}`;
        log.error(waitMs === undefined ? text : `${text}; it is tried again while it is desired`);
        this.reports.send('reportedModel', document.version, { fault });
      }
      this.hasFailed = true;
      if (waitMs === undefined) return;
      log.debug(`trying again in ${(waitMs / 1000).toFixed(1)} s`);
      await pause(waitMs, signal);
    }
  }

  /** True when the fault is news, which telemetry carries at once. */
  private note(fault: Fault): boolean {
    const isNews = this.trouble.note(fault);
    if (isNews) this.parts.onFault();
    return isNews;
  }

  private async tryToApply(
    document: DesiredModel,
    signal: AbortSignal,
  ): Promise<Fault | undefined> {
    try {
      if (document.model === null) await this.clear(document);
      else await this.hold({ ...document, model: document.model }, signal);
      this.hasFailed = false;
      return undefined;
    } catch (error) {
      const fault = asDiskFault(error, 'the data folder');
      return fault instanceof Fault ? fault : new Fault('MODEL_REFUSED', errorText(fault));
    }
  }

  private async clear(document: DesiredModel): Promise<void> {
    const { documents, compute, inTurn, log } = this.parts;
    await inTurn(async () => {
      this.held = undefined;
      this.plan = undefined;
      await compute.call('keep', { digests: [] });
    });
    documents.keep('model', document);
    documents.remove('plan');
    log.info(NO_MODEL);
    this.reports.send('reportedModel', document.version);
  }

  private async hold(document: HeldModel['document'], signal: AbortSignal): Promise<void> {
    const { blocks, compute, documents, inTurn, profileUpkeep, blocksLimitBytes, log } = this.parts;
    const { model } = document;
    log.info(`model ${model.name} v${model.version}: ${model.blocks.length} blocks`);
    const onFault = (fault: Fault): void => void this.note(fault);
    const inForce = this.held?.document.model.blocks ?? [];
    await blocks.fetchMissing(model.blocks, inForce, { signal, onFault });
    signal.throwIfAborted();
    const files = model.blocks.map(({ digest }) => ({ digest, path: blocks.path(digest) }));
    await compute.call('open', { blocks: files }).catch((error: unknown) => {
      throw new Fault('MODEL_REFUSED', `a block cannot be loaded: ${errorText(error)}`);
    });
    blocks.noteLoaded();
    await inTurn(async () => {
      signal.throwIfAborted();
      await profileUpkeep.hold(model);
      this.held = { document, sinceMs: monotonicMs() };
      const issued = { digest: model.digest, atMs: Date.parse(document.at) };
      this.firstIssued = earlierOf(this.firstIssued, issued);
      this.plan = this.plan?.model === model.digest ? this.plan : undefined;
      await compute.call('keep', { digests: model.blocks.map(({ digest }) => digest) });
    });
    documents.keep('model', document);
    if (this.held !== undefined) this.reportModel(this.held);
    if (this.pendingPlan !== undefined) this.applyPlan(this.pendingPlan);
    // The model is in force by now: unused blocks that stay are no reason to refuse it.
    await blocks
      .prune(new Set(model.blocks.map(({ digest }) => digest)), blocksLimitBytes)
      .catch((error: unknown) => log.warn(`unused blocks stay: ${errorText(error)}`));
  }

  private takePlan(plan: DesiredPlan): void {
    if (!isKnownAs(plan, this.pendingPlan ?? this.plan)) this.applyPlan(plan);
    else if (this.plan !== undefined && isSame(plan, this.plan)) {
      this.reports.send('reportedPlan', plan.version);
    }
  }

  /** Applies a plan from the next frame on, or keeps it until its model is here. */
  private applyPlan(plan: DesiredPlan): void {
    const model = this.held?.document.model;
    if (model === undefined || model.digest !== plan.model) {
      this.pendingPlan = plan;
      return;
    }
    this.pendingPlan = undefined;
    const refusal = this.confinement.faultOf(plan, model) ?? planFault(plan, model);
    if (refusal !== undefined) {
      this.parts.log.error(`plan ${plan.version} rejected: ${refusal.message}`);
      this.reports.send('reportedPlan', plan.version, { fault: refusal });
      return;
    }
    this.plan = plan;
    this.parts.documents.keep('plan', plan);
    const { device, cloud, cause, predicted } = plan;
    this.parts.log.info(
      `plan ${plan.version} (${cause.code}: ${cause.text}): ${device.length} of ${device.length + cloud.length} blocks here, ${predicted.totalMs.toFixed(1)} ms predicted`,
    );
    this.reports.send('reportedPlan', plan.version);
  }

  /** Drops the plan when the policy of a document that came forbids what it sends. */
  private confine({ model }: DesiredModel): void {
    const held = this.held?.document.model;
    this.confinement.take(model, held);
    const fault = this.plan && held && this.confinement.faultOf(this.plan, held);
    if (fault === undefined) return;
    this.parts.log.warn(`plan ${this.plan?.version} dropped: ${fault.message}`);
    this.plan = undefined;
    this.parts.documents.remove('plan');
  }

  private reportModel({ document }: HeldModel): void {
    this.reports.send('reportedModel', document.version);
    this.parts.profileUpkeep.report();
  }
}
