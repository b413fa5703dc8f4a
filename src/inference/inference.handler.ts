/** The MQTT edge of inference: packets become chunks, and a device that sends garbage is told so, then cut. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Broker } from '../broker/index.js';
import { PlansService } from '../plans/index.js';
import { Clock, Config, EventBus, TokenBucket } from '../platform/index.js';
import { asFault, decodeChunk, Fault } from '../wire/index.js';
import { InferenceService } from './inference.service.js';

/** Chunks that cannot be read: so many at once, and so many a second; a device that sends more is cut. */
const GARBAGE_BURST = 60;
const GARBAGE_PER_SECOND = 1;

@Injectable()
export class InferenceHandler implements OnModuleInit {
  private readonly garbage = new Map<string, TokenBucket>();
  /** Bytes of chunks that wait until their device's plans are read from the database. */
  private readonly waitingBytes = new Map<string, number>();

  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(InferenceService) private readonly inference: InferenceService,
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Config) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    const { events, inference } = this;
    events.on('wire.tensor', ({ device, payload }) => this.take(device, payload));
    events.on('plans.planAssigned', ({ device, document }) =>
      inference.warmUp(device, document.version),
    );
    events.on('models.deleted', ({ model }) => inference.modelDeleted(model));
    events.on('device.disconnected', ({ device }) => void this.garbage.delete(device));
    events.on('fleet.deviceDeleted', ({ device }) => inference.forget(device));
  }

  /** The packet's bytes are valid only until this returns. */
  private take(device: string, packet: Uint8Array): void | Promise<void> {
    if (!this.plans.isLoaded(device)) return this.takeLater(device, new Uint8Array(packet));
    this.takeNow(device, packet);
  }

  private takeNow(device: string, packet: Uint8Array): void {
    try {
      this.inference.takeChunk(device, decodeChunk(packet));
    } catch (error) {
      this.refuseGarbage(device, asFault(error));
    }
  }

  private async takeLater(device: string, packet: Uint8Array): Promise<void> {
    const waiting = (this.waitingBytes.get(device) ?? 0) + packet.length;
    if (waiting > this.config.deviceBudgetBytes) {
      const text = 'too many chunks before the plans of the device were read';
      this.inference.refuse(device, undefined, new Fault('FRAME_REFUSED', text));
      return;
    }
    this.waitingBytes.set(device, waiting);
    try {
      await this.plans.state(device);
      this.takeNow(device, packet);
    } finally {
      this.waitingBytes.delete(device);
    }
  }

  private refuseGarbage(device: string, fault: Fault): void {
    const nowMs = this.clock.monotonicMs();
    const bucket =
      this.garbage.get(device) ?? new TokenBucket(GARBAGE_PER_SECOND, GARBAGE_BURST, nowMs);
    this.garbage.set(device, bucket);
    if (bucket.take(1, nowMs) > 0) this.broker.disconnect(device, 'too many unreadable chunks');
    else this.inference.refuse(device, undefined, fault);
  }
}
