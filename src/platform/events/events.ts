/** Every event of the service: name → payload. A folder emits only events that begin with its name; the broker emits `wire.…` and `device.…`. */
import type {
  DesiredPlan,
  Encoding,
  LeavesPolicy,
  Payload,
  Reported,
  SentBy,
} from '../../wire/index.js';

/** `wire.telemetry` and the like: a message of a device, decoded and checked by the broker. */
type WireEvents = {
  readonly [N in SentBy<'device'> as `wire.${N}`]: {
    readonly device: string;
    /** The connection it arrived on; a device has one at a time. */
    readonly connection: string;
    readonly payload: Payload<N>;
  };
};

interface DomainEvents {
  readonly 'fleet.deviceCreated': { readonly device: string };
  /** An operator changed its name, deadline, strategy or model. */
  readonly 'fleet.deviceChanged': { readonly device: string };
  readonly 'fleet.deviceDeleted': { readonly device: string };
  /** A device got a model at its enrolment or with its group; null unassigns the model. */
  readonly 'fleet.modelAssigned': { readonly device: string; readonly model: string | null };
  /** The device has authenticated; it has sent nothing else yet. */
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
  /**
   * A policy of a model was set, or its inputs, outputs or accuracy are others; `isStricter`: fewer tensors may leave devices than
   * before.
   */
  readonly 'models.changed': {
    readonly model: string;
    readonly leaves: LeavesPolicy;
    readonly isStricter: boolean;
  };
  readonly 'models.deleted': { readonly model: string };
  readonly 'plans.planAssigned': { readonly device: string; readonly document: DesiredPlan };
  readonly 'plans.planReported': { readonly device: string; readonly reported: Reported };
  /** A device has applied its newest document, and how long after it was issued. */
  readonly 'plans.converged': {
    readonly device: string;
    readonly name: 'plan' | 'model';
    readonly convergedMs: number;
  };
  /** The cloud has sent the one answer of a frame; times on the service's clock, in ms since 1970. */
  readonly 'inference.frameEnded': {
    readonly device: string;
    readonly frame: string;
    /** When its first chunk arrived. */
    readonly arrivedMs: number;
    /** When its last chunk arrived; null when it never did. */
    readonly completeMs: number | null;
    readonly endedMs: number;
    /** 'result', or the code of the fault. */
    readonly endedAs: string;
    /** Of a result: its wait for a tail process, and the run time. */
    readonly queueMs: number | null;
    readonly runMs: number | null;
    /** Of a result: the work of the tail process. */
    readonly work: {
      /** Id of the model. */
      readonly model: string;
      /** Its wait, where later frames are likely to wait as long. */
      readonly waitMs: number | undefined;
      /** Single runs of blocks, by digest, where their sessions were warm. */
      readonly blockMs: readonly (readonly [digest: string, ms: number])[];
      readonly decodings: readonly {
        readonly encoding: Encoding;
        readonly bytes: number;
        readonly ms: number;
      }[];
      /** The rest of `runMs`; undefined where a session was opened. */
      readonly overheadMs: number | undefined;
    } | null;
  };
  /** Newly committed records, without repeated ones. */
  readonly 'history.framesStored': { readonly device: string; readonly frames: readonly string[] };
}

export interface Events extends WireEvents, DomainEvents {}
