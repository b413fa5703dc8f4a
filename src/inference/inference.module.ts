/** Collects chunks and runs the cloud's part of networks in processes of their own. */
import { Module } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { ModelsModule } from '../models/index.js';
import { PlansModule } from '../plans/index.js';
import { InferenceHandler } from './inference.handler.js';
import { InferenceService } from './inference.service.js';

@Module({
  imports: [BrokerModule, ModelsModule, PlansModule],
  providers: [InferenceHandler, InferenceService],
  exports: [InferenceService],
})
export class InferenceModule {}
