/** Every event of the service: name → payload. A folder emits only its own: the name begins with the folder, or with what the broker hears. */
import type { DesiredPlan, Payload, Reported, SentBy } from '../wire/index.js';

/** `wire.telemetry` and the like: a message of a device, decoded and checked by the broker. */
type WireEvents = {
  readonly [N in SentBy<'device'> as `wire.${N}`]: {
    readonly device: string;
    /** The connection it came by; a device has one at a time. */
    readonly connection: string;
    readonly payload: Payload<N>;
  };
};

interface DomainEvents {
  readonly 'fleet.deviceCreated': { readonly device: string };
  /** An operator changed its name, deadline, strategy or model. */
  readonly 'fleet.deviceChanged': { readonly device: string };
  readonly 'fleet.deviceDeleted': { readonly device: string };
  /** The model's id; null: the device shall run nothing. */
  readonly 'fleet.modelAssigned': { readonly device: string; readonly model: string | null };
  /** The device has authenticated; it may not have said anything yet. */
  readonly 'device.connected': {
    readonly device: string;
    readonly connection: string;
    readonly address: string;
  };
  readonly 'device.disconnected': {
    readonly device: string;
    readonly connection: string;
    readonly reason: string;
  };
  readonly 'models.ready': { readonly model: string };
  readonly 'models.policyChanged': { readonly model: string };
  readonly 'models.deleted': { readonly model: string };
  readonly 'plans.planAssigned': { readonly device: string; readonly document: DesiredPlan };
  readonly 'plans.planReported': { readonly device: string; readonly reported: Reported };
  /** Records that were committed, without those that had been there before. */
  readonly 'history.framesStored': { readonly device: string; readonly frames: readonly string[] };
}

export interface Events extends WireEvents, DomainEvents {}
