/** Every event of the service: name → payload. A folder emits only events it owns; the name begins with what it is about. */
import type { DesiredModel, DesiredPlan, Payload, Reported, SentBy } from '../wire/index.js';

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
  readonly 'device.created': { readonly device: string };
  readonly 'device.changed': { readonly device: string };
  readonly 'device.deleted': { readonly device: string };
  /** The device has authenticated; it may not have said anything yet. */
  readonly 'device.connected': { readonly device: string; readonly connection: string };
  readonly 'device.disconnected': {
    readonly device: string;
    readonly connection: string;
    readonly reason: string;
  };
  readonly 'model.ready': { readonly model: string };
  readonly 'model.deleted': { readonly model: string };
  readonly 'model.assigned': { readonly device: string; readonly document: DesiredModel };
  readonly 'plan.assigned': { readonly device: string; readonly document: DesiredPlan };
  readonly 'plan.reported': { readonly device: string; readonly reported: Reported };
  /** Records that were committed, without those that had been there before. */
  readonly 'history.framesStored': { readonly device: string; readonly frames: readonly string[] };
}

export interface Events extends WireEvents, DomainEvents {}
