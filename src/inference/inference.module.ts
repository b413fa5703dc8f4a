/** Collects chunks and runs the cloud's part of networks in processes of their own. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { ModelsModule } from '../models/index.js';
import { PlansModule } from '../plans/index.js';
import { Clock, Config, LoadReport, Log } from '../platform/index.js';
import { FrameEnds } from './answers/frame-ends.js';
import { ByteBudget } from './assembly/byte-budget.js';
import { InferenceHandler } from './inference.handler.js';
import { InferenceService } from './inference.service.js';
import { PlanLookup } from './plan-lookup.js';
import { TailPool } from './tail-pool/tail-pool.js';

function tailPool(config: Config, clock: Clock, log: Log): TailPool {
  const { workers, workerThreads: threads, workerMemoryBytes: memoryBytes } = config;
  // A session takes about twice the bytes of its file; the rest is for tensors.
  const cacheBytes = Math.floor(memoryBytes / 3);
  const options = { workers, threads, memoryBytes, cacheBytes };
  return new TailPool(options, clock, log.child({ part: 'inference' }));
}

function byteBudget({ deviceBudgetBytes, totalBudgetBytes }: Config): ByteBudget {
  return new ByteBudget(deviceBudgetBytes, totalBudgetBytes);
}

@Module({
  imports: [BrokerModule, ModelsModule, PlansModule],
  providers: [
    FrameEnds,
    InferenceHandler,
    InferenceService,
    PlanLookup,
    { provide: TailPool, useFactory: tailPool, inject: [Config, Clock, Log] },
    { provide: ByteBudget, useFactory: byteBudget, inject: [Config] },
  ],
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
