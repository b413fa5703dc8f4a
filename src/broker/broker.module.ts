/** MQTT: the only folder that knows Aedes. */
import { Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Health, LoadReport, Metrics } from '../platform/index.js';
import { BrokerController } from './broker.controller.js';
import { Broker } from './broker.js';
import { AedesHooks } from './hooks/aedes-hooks.js';
import { Authentication } from './hooks/authentication.js';
import { DeviceFaults } from './hooks/device-faults.js';
import { InboundMessages } from './hooks/inbound-messages.js';
import { MqttServer } from './hooks/mqtt-server.js';
import { RetainedDocuments } from './hooks/retained-documents.js';
import { ConnectionLimiter } from './limits/connection-limiter.js';
import { Flapping } from './limits/flapping.js';
import { countIncidents, IncidentLog } from './limits/incident-log.js';
import { Listeners } from './listeners/listeners.js';
import { DeviceSessions } from './sessions/device-sessions.js';

@Module({
  controllers: [BrokerController],
  providers: [
    Authentication,
    DeviceFaults,
    Broker,
    Listeners,
    Flapping,
    AedesHooks,
    InboundMessages,
    MqttServer,
    RetainedDocuments,
    DeviceSessions,
    IncidentLog,
    ConnectionLimiter,
  ],
  exports: [Broker],
})
export class BrokerModule implements OnModuleInit, OnModuleDestroy {
  constructor(
    @Inject(Broker) private readonly broker: Broker,
    @Inject(Health) private readonly health: Health,
    @Inject(LoadReport) private readonly load: LoadReport,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(IncidentLog) private readonly incidents: IncidentLog,
  ) {}

  onModuleInit(): void {
    this.health.register('broker', () => this.broker.check());
    this.load.register('broker', () => this.broker.stats());
    countIncidents(this.metrics, this.incidents);
  }

  /** Runs after the modules above, which may still answer frames, and before the database closes. */
  async onModuleDestroy(): Promise<void> {
    await this.broker.close();
  }
}
