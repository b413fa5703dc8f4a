/** MQTT: the only folder that knows Aedes. */
import { Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Health, Load } from '../platform/index.js';
import { Admission } from './admission.js';
import { Broker } from './broker.js';
import { Doors } from './doors.js';
import { Flapping } from './flapping.js';
import { Gatekeeper } from './gatekeeper.js';
import { Intake } from './intake.js';
import { MqttServer } from './mqtt-server.js';
import { RetainedDocuments } from './retained-documents.js';
import { Sessions } from './sessions.js';
import { TroubleLog } from './trouble-log.js';
import { Turnstile } from './turnstile.js';

@Module({
  providers: [
    Admission,
    Broker,
    Doors,
    Flapping,
    Gatekeeper,
    Intake,
    MqttServer,
    RetainedDocuments,
    Sessions,
    TroubleLog,
    Turnstile,
  ],
  exports: [Broker],
})
export class BrokerModule implements OnModuleInit, OnModuleDestroy {
  constructor(
    @Inject(Broker) private readonly broker: Broker,
    @Inject(Health) private readonly health: Health,
    @Inject(Load) private readonly load: Load,
  ) {}

  onModuleInit(): void {
    this.health.register('broker', () => this.broker.check());
    this.load.register('broker', () => this.broker.stats());
  }

  /** After the modules above, which may still answer frames; before the database closes. */
  async onModuleDestroy(): Promise<void> {
    await this.broker.close();
  }
}
