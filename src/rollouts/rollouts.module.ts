/** A change for many devices: wave by wave, behind gates, and back by itself. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { AccessModule } from '../access/index.js';
import { FleetModule } from '../fleet/index.js';
import { HistoryModule } from '../history/index.js';
import { ModelsModule, ModelsService } from '../models/index.js';
import { PlansModule } from '../plans/index.js';
import { Descriptions } from '../platform/index.js';
import { RolloutsController } from './rest/rollouts.controller.js';
import { RolloutsService } from './rest/rollouts.service.js';
import { DeviceChanges } from './runner/device-changes.js';
import { RolloutFrames } from './runner/rollout-frames.js';
import { RolloutObserver } from './runner/rollout-observer.js';
import { RolloutRunner } from './runner/rollout-runner.js';
import { DeviceSettingsStore } from './store/device-settings.store.js';
import { RolloutTrail } from './store/rollout-trail.js';
import { RolloutsStore } from './store/rollouts.store.js';

@Module({
  imports: [AccessModule, FleetModule, HistoryModule, ModelsModule, PlansModule],
  controllers: [RolloutsController],
  providers: [
    ...[DeviceChanges, RolloutFrames, RolloutObserver, RolloutRunner, RolloutTrail],
    ...[DeviceSettingsStore, RolloutsService, RolloutsStore],
  ],
})
export class RolloutsModule implements OnModuleInit {
  constructor(
    @Inject(Descriptions) private readonly descriptions: Descriptions,
    @Inject(ModelsService) private readonly models: ModelsService,
    @Inject(RolloutsStore) private readonly rollouts: RolloutsStore,
  ) {}

  onModuleInit(): void {
    this.models.keepWhile(async (model) => {
      const id = await this.rollouts.activeWith(model);
      return id && `rollout '${id}' gives the model to devices, or may give it back; end it first`;
    });
    this.descriptions.register('rollouts', async (id) => {
      const row = await this.rollouts.find(id);
      return row && { state: row.state, wave: row.wave, because: row.because };
    });
  }
}
