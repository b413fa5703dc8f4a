/** Every event of the service: name → payload. A folder emits only its own: the name begins with the folder, or with what the broker hears. */
import type { DesiredPlan, Payload, Reported, SentBy } from '../../wire/index.js';

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
  /** A device has applied its newest document, and how long after it was issued. */
  readonly 'plans.converged': {
    readonly device: string;
    readonly name: 'plan' | 'model';
    readonly convergedMs: number;
  };
  /** The cloud has given a frame its one answer; times on the service's clock, in ms since 1970. */
  readonly 'inference.frameEnded': {
    readonly device: string;
    readonly frame: string;
    /** Its first chunk came. */
    readonly arrivedMs: number;
    /** Its last chunk came; null when it never did. */
    readonly completeMs: number | null;
    readonly endedMs: number;
    /** 'result', or the code of the fault. */
    readonly endedAs: string;
    /** Of a result: how long it waited for a tail process, and what that took. */
    readonly queueMs: number | null;
    readonly runMs: number | null;
  };
  /** Records that were committed, without those that had been there before. */
  readonly 'history.framesStored': { readonly device: string; readonly frames: readonly string[] };
}

export interface Events extends WireEvents, DomainEvents {}
