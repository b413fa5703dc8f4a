/** The desired documents of one device, and how far the device is with them. */
import {
  cutsOf,
  type DesiredModel,
  type DesiredPlan,
  type ModelDocument,
  type Reported,
  withheldUpload,
} from '../../wire/index.js';
import type { ReadyModel } from './model-shelf.js';

/** A plan with the model it belongs to: what a frame that names its version is run by. */
export interface AssignedPlan {
  readonly plan: DesiredPlan;
  readonly modelId: string;
  readonly model: ModelDocument;
}

/** Plans that frames may still name: frames of several plans can be on their way. */
export const PLANS_REMEMBERED = 8;

const NO_PLANS: readonly AssignedPlan[] = [];

export class DeviceDocuments {
  private desired: DesiredModel | undefined;
  private content: string | undefined;
  private ready: ReadyModel | undefined;
  private newest = { plan: 0, model: 0 };
  /** Plans up to this version precede the newest model document, or send what must stay: the device may have dropped them. */
  private droppedVersion = 0;
  /** The newest versions that the device has applied. */
  private readonly converged = { plan: 0, model: 0 };
  /** The newest plans that are remembered; a list of at most eight takes less memory than a map. */
  private plans: readonly AssignedPlan[] = NO_PLANS;
  private isRetained = false;
  /** Counts moments since which another model may be assigned, and the last one after which that was compared. */
  private doubts = 1;
  private settledDoubt = 0;
  private assigned: string | null | undefined;

  /** The newest model document; undefined before the first, and when its model cannot be read. */
  get desiredModel(): DesiredModel | undefined {
    return this.desired;
  }

  /** Content of the newest model document, as `ReadyModel` has it; undefined without a model. */
  get desiredContent(): string | undefined {
    return this.content;
  }

  get modelVersion(): number {
    return this.newest.model;
  }

  /** The newest version of a plan ever made, also for models that are no longer assigned. */
  get planVersion(): number {
    return this.newest.plan;
  }

  /** The model that the newest model document hands out, while it is ready. */
  get model(): ReadyModel | undefined {
    return this.ready;
  }

  /** True when the broker retains this device's documents: it forgets them when the service stops. */
  get isPublished(): boolean {
    return this.isRetained;
  }

  /**
   * True while the newest model document is known to be for the model that the database assigns: nothing was assigned or changed since
   * it was compared. So a device that only comes back costs the database nothing.
   */
  get isUpToDate(): boolean {
    return this.settledDoubt === this.doubts;
  }

  /** The plan the device should follow; undefined without a model, or before there is a plan for it. */
  get current(): AssignedPlan | undefined {
    const newest = this.plan(this.planVersion);
    if (this.planVersion <= this.droppedVersion) return undefined;
    return newest !== undefined && newest.modelId === this.model?.id ? newest : undefined;
  }

  plan(version: number): AssignedPlan | undefined {
    return this.plans.find(({ plan }) => plan.version === version);
  }

  /** Adds a plan; removes those that are too old for any frame to name. */
  planIssued(assigned: AssignedPlan): void {
    const { version } = assigned.plan;
    this.newest.plan = Math.max(this.planVersion, version);
    const oldest = this.planVersion - PLANS_REMEMBERED + 1;
    const others = this.plans.filter(({ plan }) => plan.version !== version);
    this.plans = [...others, assigned].filter(({ plan }) => plan.version >= oldest);
    this.dropBreach();
  }

  modelHandedOut(document: DesiredModel, model: ReadyModel | undefined): void {
    this.modelRead(document, model);
    this.newest.model = document.version;
    this.droppedVersion = this.planVersion;
  }

  /** The newest model document as the database has it; `content`: as it was sent, where that is known. */
  modelRead(document: DesiredModel, model: ReadyModel | undefined, content = model?.content): void {
    this.desired = document;
    this.content = content;
    this.ready = model;
    this.dropBreach();
  }

  /** The model's policy changed. */
  modelReread(model: ReadyModel | undefined): void {
    this.ready = model;
    this.dropBreach();
  }

  modelDeleted(modelId: string): void {
    if (this.ready?.id === modelId) this.ready = undefined;
    this.doubted();
  }

  /** A version that the database has; its document may be unreadable. */
  versionRead(name: 'plan' | 'model', version: number, isApplied: boolean): void {
    this.newest[name] = version;
    if (isApplied) this.converged[name] = version;
  }

  /**
   * The id of the model that the database assigned when the state was loaded, null for none; undefined once something may have been
   * assigned since.
   */
  get assignedAtLoad(): string | null | undefined {
    return this.assigned;
  }

  assignmentRead(modelId: string | null): void {
    this.assigned = modelId;
  }

  /** Another model may be assigned, or the model may be another, until they are compared again. */
  doubted(): number {
    this.assigned = undefined;
    this.doubts += 1;
    return this.doubts;
  }

  /** The model document was compared with what is assigned since a doubt, and handed out where it was another. */
  comparedSince(doubt: number): void {
    this.settledDoubt = doubt;
  }

  published(): void {
    this.isRetained = true;
  }

  /** What a report names that the device never had; undefined where nothing. The text begins with the field. */
  reportFault(
    name: 'plan' | 'model',
    { version, cut }: Pick<Reported, 'version' | 'cut'>,
  ): string | undefined {
    const newest = this.newest[name];
    if (newest === 0) return `version: the device has no desired ${name} yet, so not ${version}`;
    if (version > newest) return `version: the newest desired ${name} is ${newest}, not ${version}`;
    if (name === 'model' || cut === undefined) return undefined;
    const plan = this.plan(version)?.plan;
    if (plan === undefined) return `version: plan ${version} has no cuts to follow any more`;
    const last = cutsOf(plan).length - 1;
    if (cut <= last) return undefined;
    return `cut: plan ${version} has no cut ${cut}, ${last === 0 ? 'only cut 0' : `only 0 to ${last}`}`;
  }

  /** True when the newest report of a document that was applied is of this version. */
  isApplied(name: 'plan' | 'model', version: number): boolean {
    return this.converged[name] === version;
  }

  /** A report that the device does not apply a version, whatever it reported before. */
  refused(name: 'plan' | 'model', version: number): void {
    if (this.isApplied(name, version)) this.converged[name] = 0;
  }

  /** When the newest document was issued, at the first report that it is applied; undefined at every other report. */
  applied(name: 'plan' | 'model', version: number): Date | undefined {
    const document = name === 'plan' ? this.current?.plan : this.desired;
    if (document?.version !== version || this.converged[name] === version) return undefined;
    this.converged[name] = version;
    return new Date(document.at);
  }

  /** Gives up the newest plan when it sends what must stay on the device by the policy of now. */
  private dropBreach(): void {
    const newest = this.plan(this.planVersion);
    const { ready } = this;
    if (newest === undefined || newest.modelId !== ready?.id) return;
    const isBreach = withheldUpload(newest.plan, ready.document) !== undefined;
    if (isBreach) this.droppedVersion = this.planVersion;
  }
}
