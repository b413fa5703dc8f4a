/** Models: ONNX in, blocks out. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { Config, Descriptions } from '../platform/index.js';
import type { ModelManifest } from '../wire/index.js';
import { BlockStore } from './block-store.js';
import { BlocksController } from './blocks.controller.js';
import { Examinations } from './examinations.js';
import { summaryOf } from './model-view.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';
import { ModelsStore } from './models.store.js';
import { UploadParsers } from './upload-parsers.js';

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
      return (
        row && { ...summaryOf(row, undefined), policy: (row.manifest as ModelManifest).policy }
      );
    });
  }
}
