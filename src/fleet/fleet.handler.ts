/** The MQTT edge of the fleet: listens to what devices say of themselves. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { EventBus, Metrics } from '../platform/index.js';
import { DeviceAccess } from './credentials/device-access.js';
import { countCameras } from './presence/camera-metrics.js';
import { Presence } from './presence/presence.js';

/** News that only shows that the device lives. */
const SIGNS_OF_LIFE = [
  ...(['wire.tensor', 'wire.record', 'wire.probe', 'wire.profile'] as const),
  'wire.commandReport',
] as const;

@Injectable()
export class FleetHandler implements OnModuleInit {
  constructor(
    @Inject(Presence) private readonly presence: Presence,
    @Inject(DeviceAccess) private readonly access: DeviceAccess,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  /** Before the broker listens. */
  async onModuleInit(): Promise<void> {
    await this.presence.begin();
    this.listen();
  }

  private listen(): void {
    const { access, events, metrics, presence } = this;
    countCameras(events, metrics);
    events.on('device.connected', (source) => {
      presence.note((live, at) => live.connected(source, at));
      access.begun(source.device);
    });
    events.on('device.disconnected', (source) =>
      presence.note((live, at) => live.disconnected(source, source.reason, at)),
    );
    events.on('wire.status', (source) =>
      presence.note((live, at) => live.said(source, { status: source.payload }, at)),
    );
    events.on('wire.birth', (source) =>
      presence.note((live, at) => live.said(source, { birth: source.payload }, at)),
    );
    events.on('wire.telemetry', (source) =>
      presence.note((live, at) => live.said(source, { telemetry: source.payload }, at)),
    );
    for (const event of SIGNS_OF_LIFE) {
      events.on(event, (source) => presence.note((live, at) => live.seen(source, at)));
    }
    events.on('fleet.deviceDeleted', ({ device }) => presence.note((live) => live.forget(device)));
  }
}
