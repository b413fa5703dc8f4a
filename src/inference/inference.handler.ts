/** MQTT and domain event handlers of inference; a device that keeps sending garbage is disconnected. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Broker } from '../broker/index.js';
import type { AssignedPlan } from '../plans/index.js';
import { Clock, Config, EventBus, type Events, TokenBucket } from '../platform/index.js';
import { asFault, type Chunk, decodeChunk, Fault } from '../wire/index.js';
import { FrameEnds } from './answers/frame-ends.js';
import { ByteBudget } from './assembly/byte-budget.js';
import { InferenceService } from './inference.service.js';
import { PlanLookup } from './plan-lookup.js';

/** Unreadable chunks that a device may send before it is disconnected. */
const GARBAGE_BURST = 60;
const GARBAGE_PER_SECOND = 1;

@Injectable()
export class InferenceHandler implements OnModuleInit {
  private readonly garbage = new Map<string, TokenBucket>();
  /** Packets that wait until the plans of their device are read from the database. */
  private readonly waiting: ByteBudget;

  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(InferenceService) private readonly inference: InferenceService,
    @Inject(FrameEnds) private readonly ends: FrameEnds,
    @Inject(PlanLookup) private readonly plans: PlanLookup,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Config) config: Config,
  ) {
    this.waiting = new ByteBudget(config.deviceBudgetBytes, config.totalBudgetBytes);
  }

  onModuleInit(): void {
    const { events, inference } = this;
    events.on('wire.tensor', (news) => this.take(news));
    events.on('plans.planAssigned', ({ device, document }) =>
      inference.warmUp(device, document.version),
    );
    events.on('models.changed', ({ model, leaves, isStricter }) =>
      inference.policyChanged(model, leaves, isStricter),
    );
    events.on('models.deleted', ({ model }) => inference.modelDeleted(model));
    events.on('device.disconnected', ({ device }) => {
      this.garbage.delete(device);
      inference.deviceLeft(device);
    });
    events.on('fleet.deviceDeleted', ({ device }) => inference.forget(device));
  }

  /** The bytes of the packet are valid only until this returns. */
  private take(news: Events['wire.tensor']): void | Promise<void> {
    const { device, payload: packet } = news;
    let chunk: Chunk;
    try {
      chunk = decodeChunk(packet);
    } catch (error) {
      return this.refuseGarbage(device, asFault(error));
    }
    const plan = this.plans.of(device, chunk.planVersion);
    if (plan instanceof Promise) return this.takeLater(news, chunk, plan);
    this.inference.takeChunk(device, chunk, plan);
  }

  private async takeLater(
    { device, connection, payload: { length } }: Events['wire.tensor'],
    chunk: Chunk,
    loading: Promise<AssignedPlan | undefined>,
  ): Promise<void> {
    if (this.waiting.reserve(device, length) !== 'reserved') {
      const text = 'too many chunks before the plans of the device were read';
      this.ends.refuse(device, chunk.frame, new Fault('FRAME_REFUSED', text));
      return;
    }
    const bytes = new Uint8Array(chunk.bytes);
    try {
      const plan = await loading;
      // A frame of a device that has left meanwhile would be held until its deadline.
      if (this.broker.connectionOf(device) !== connection) return;
      this.inference.takeChunk(device, { ...chunk, bytes }, plan);
    } finally {
      this.waiting.release(device, length);
    }
  }

  private refuseGarbage(device: string, fault: Fault): void {
    const nowMs = this.clock.monotonicMs();
    const bucket =
      this.garbage.get(device) ?? new TokenBucket(GARBAGE_PER_SECOND, GARBAGE_BURST, nowMs);
    this.garbage.set(device, bucket);
    if (bucket.take(1, nowMs) > 0) this.broker.disconnect(device, 'too many unreadable chunks');
    else this.ends.refuse(device, undefined, fault);
  }
}
