/** What was measured: every frame's stages, stored once, asked over REST. */
import { Module } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { FramePredictor } from './frame-predictor.js';
import { HistoryController } from './history.controller.js';
import { HistoryHandler } from './history.handler.js';
import { HistoryService } from './history.service.js';
import { HistoryThread } from './history-thread.js';
import { Housekeeping } from './housekeeping.js';

@Module({
  imports: [BrokerModule],
  controllers: [HistoryController],
  providers: [FramePredictor, HistoryThread, HistoryHandler, HistoryService, Housekeeping],
  exports: [FramePredictor, HistoryService],
})
export class HistoryModule {}
