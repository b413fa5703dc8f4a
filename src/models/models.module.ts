/** Models: ONNX in, blocks out. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { Config, Descriptions, ModelReferences } from '../platform/index.js';
import { Fault } from '../wire/index.js';
import { ModelsService } from './models.service.js';
import { Examinations } from './queue/examinations.js';
import { RefusedUploads } from './queue/refused-uploads.js';
import { Updates } from './queue/updates.js';
import { BlocksController } from './rest/blocks.controller.js';
import { describedModel } from './rest/model-view.js';
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
    RefusedUploads,
    Updates,
    UploadParsers,
  ],
  exports: [ModelsService],
})
export class ModelsModule implements OnModuleInit {
  constructor(
    @Inject(Descriptions) private readonly descriptions: Descriptions,
    @Inject(ModelsStore) private readonly store: ModelsStore,
    @Inject(ModelReferences) private readonly references: ModelReferences,
  ) {}

  onModuleInit(): void {
    this.descriptions.register('models', async (reference) => {
      const { id } = await this.references.find(reference).catch(unknownAsNone);
      const row = id === null ? null : await this.store.find(id);
      return row && describedModel(row);
    });
  }
}

/** A request names a model that is not there: its route answers so. */
function unknownAsNone(error: unknown): { readonly id: null } {
  if (error instanceof Fault && error.code === 'MODEL_UNKNOWN') return { id: null };
  throw error;
}
