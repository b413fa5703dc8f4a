/** Models: ONNX in, blocks out. */
import { Module } from '@nestjs/common';
import { Config } from '../platform/index.js';
import { BlockStore } from './block-store.js';
import { BlocksController } from './blocks.controller.js';
import { Examinations } from './examinations.js';
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
export class ModelsModule {}
