/** The parts of the service, from those below to those above; the platform is under all of them. */
import { Module } from '@nestjs/common';
import { BrokerModule } from './broker/index.js';
import { CommandsModule } from './commands/index.js';
import { FleetModule } from './fleet/index.js';
import { HistoryModule } from './history/index.js';
import { InferenceModule } from './inference/index.js';
import { ModelsModule } from './models/index.js';
import { PlansModule } from './plans/index.js';
import { RolloutsModule } from './rollouts/index.js';

@Module({
  imports: [
    ...[BrokerModule, CommandsModule, FleetModule, HistoryModule, ModelsModule],
    ...[PlansModule, InferenceModule, RolloutsModule],
  ],
})
export class AppModule {}
