/** Collects chunks and runs the cloud's part of networks in processes of their own. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { ModelsModule } from '../models/index.js';
import { PlansModule } from '../plans/index.js';
import { LoadReport } from '../platform/index.js';
import { InferenceHandler } from './inference.handler.js';
import { InferenceService } from './inference.service.js';

@Module({
  imports: [BrokerModule, ModelsModule, PlansModule],
  providers: [InferenceHandler, InferenceService],
  exports: [InferenceService],
})
export class InferenceModule implements OnModuleInit {
  constructor(
    @Inject(InferenceService) private readonly inference: InferenceService,
    @Inject(LoadReport) private readonly load: LoadReport,
  ) {}

  onModuleInit(): void {
    const { inference } = this;
    const { pool, budget } = inference;
    this.load.register('frames', () => ({
      ...{ ...inference.counts, ...inference.frames, heldBytes: budget.usedBytes },
    }));
    this.load.register('tails', () => ({ ...pool.counts, alive: pool.alive }));
  }
}
