/** A change for many devices: wave by wave, behind gates, and back by itself. */
import { Module } from '@nestjs/common';
import { FleetModule } from '../fleet/index.js';
import { HistoryModule } from '../history/index.js';
import { ModelsModule } from '../models/index.js';
import { PlansModule } from '../plans/index.js';
import { RolloutObserver } from './rollout-observer.js';
import { RolloutRunner } from './rollout-runner.js';
import { RolloutsController } from './rollouts.controller.js';
import { RolloutsService } from './rollouts.service.js';
import { RolloutsStore } from './rollouts.store.js';

@Module({
  imports: [FleetModule, HistoryModule, ModelsModule, PlansModule],
  controllers: [RolloutsController],
  providers: [RolloutObserver, RolloutRunner, RolloutsService, RolloutsStore],
})
export class RolloutsModule {}
