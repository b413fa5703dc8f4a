/** The parts of the service, from those below to those above; the platform is under all of them. */
import { Module } from '@nestjs/common';
import { BrokerModule } from './broker/index.js';
import { FleetModule } from './fleet/index.js';
import { HistoryModule } from './history/index.js';

@Module({ imports: [BrokerModule, FleetModule, HistoryModule] })
export class AppModule {}
