/** Issues desired documents: a new version is stored, then retained by the broker for the device, then announced. */
import { Inject, Injectable } from '@nestjs/common';
import { Broker } from '../../broker/index.js';
import { Clock, EventBus, Log } from '../../platform/index.js';
import { type DesiredModel, type DesiredPlan, Fault } from '../../wire/index.js';
import type { Proposal } from '../decision/proposal.js';
import type { DeviceState } from '../state/device-state.js';
import type { ReadyModel } from '../state/model-shelf.js';
import { TwinsStore } from '../state/twins.store.js';

@Injectable()
export class DesiredDocuments {
  private readonly log: Log;

  constructor(
    @Inject(TwinsStore) private readonly store: TwinsStore,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    this.log = log.child({ part: 'plans' });
  }

  /** Makes a proposal the device's plan; it must be for the state's model. */
  async issuePlan(
    device: string,
    state: DeviceState,
    proposal: Proposal,
    cause: DesiredPlan['cause'],
  ): Promise<void> {
    const { model, planVersion } = state.documents;
    if (model === undefined) return;
    const version = planVersion + 1;
    const at = this.clock.now().toISOString();
    const plan: DesiredPlan = { v: 1, version, at, cause, ...proposal };
    await this.store.saveVersion(device, 'plan', version, { modelId: model.id, plan }, cause);
    const assigned = { plan, modelId: model.id, model: model.document };
    state.planIssued(assigned);
    this.log.info({ device, version, cause: cause.code }, cause.text);
    this.sendPlan(device, state);
    this.events.emit('plans.planAssigned', { device, document: plan });
  }

  /** Makes a model, or none, what the device should hold. */
  async issueModel(
    device: string,
    { documents }: DeviceState,
    model: ReadyModel | undefined,
  ): Promise<void> {
    const document: DesiredModel = {
      v: 1,
      version: documents.modelVersion + 1,
      cause: causeOf(documents, model),
      at: this.clock.now().toISOString(),
      model: model?.document ?? null,
    };
    // The blocks are in the model's own row; the twin keeps which model it was, and the policy and the content it went out with.
    const { leaves } = model?.document ?? {};
    const kept = {
      ...{ ...document, model: model?.id ?? null },
      ...(leaves && { leaves }),
      ...(model && { content: model.content }),
    };
    const cause = { code: 'model', text: document.cause };
    await this.store.saveVersion(device, 'model', document.version, kept, cause);
    documents.modelHandedOut(document, model);
    this.broker.send('desiredModel', device, document);
  }

  /**
   * Answers a device that no plan is possible for, where it waits for one or has just said what it can do. Else it follows the plan
   * that it has.
   */
  planImpossible(
    device: string,
    { documents: { current } }: DeviceState,
    isAwaited: boolean,
    because: string,
  ): void {
    if (current !== undefined && !isAwaited) return;
    this.broker.sendFault(device, 'desiredPlan', new Fault('PLAN_IMPOSSIBLE', because));
  }

  /** Gives the broker the documents it forgot when the service stopped. */
  publish(device: string, state: DeviceState): void {
    const { desiredModel, current } = state.documents;
    if (desiredModel) this.broker.send('desiredModel', device, desiredModel);
    this.sendPlan(device, state);
    if (current) this.events.emit('plans.planAssigned', { device, document: current.plan });
    state.documents.published();
  }

  /** Sends the current plan, if there is one. */
  sendPlan(device: string, { documents: { current } }: DeviceState): void {
    if (current) this.broker.send('desiredPlan', device, current.plan);
  }
}

function causeOf(
  { model: before, desiredModel }: DeviceState['documents'],
  model: ReadyModel | undefined,
): string {
  if (model === undefined) return 'model unassigned';
  const { name, leaves = 'anything' } = model.document;
  if (model.id !== before?.id) return `${name} assigned`;
  const { leaves: sent = 'anything' } = desiredModel?.model ?? {};
  return leaves === sent
    ? `${name}: inputs or outputs changed`
    : `${name}: ${leaves} may leave the device`;
}
