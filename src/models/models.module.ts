/** Models: ONNX in, blocks out. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { Config, Descriptions } from '../platform/index.js';
import { ModelsService, manifestOf } from './models.service.js';
import { Examinations } from './queue/examinations.js';
import { BlocksController } from './rest/blocks.controller.js';
import { modelSummary } from './rest/model-view.js';
import { ModelsController } from './rest/models.controller.js';
import { BlockStore } from './store/block-store.js';
import { ModelsStore } from './store/models.store.js';
import { UploadParsers } from './uploads/upload-parsers.js';

@Module({
  controllers: [ModelsController, BlocksController],
  providers: [
    {
      provide: BlockStore,
      inject: [Config],
      useFactory: (config: Config) => new BlockStore(config.data),
    },
    Examinations,
    ModelsService,
    ModelsStore,
    UploadParsers,
  ],
  exports: [ModelsService],
})
export class ModelsModule implements OnModuleInit {
  constructor(
    @Inject(Descriptions) private readonly descriptions: Descriptions,
    @Inject(ModelsStore) private readonly store: ModelsStore,
  ) {}

  onModuleInit(): void {
    this.descriptions.register('models', async (id) => {
      const row = await this.store.find(id);
      if (row === null) return null;
      const { policy, leaves } = manifestOf(row);
      return { ...modelSummary(row, undefined), policy, leaves };
    });
  }
}
