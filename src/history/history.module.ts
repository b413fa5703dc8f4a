/** What was measured: every frame's stages, stored once, asked over REST. */
import { Module } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { HistoryThread } from './engine/history-thread.js';
import { Housekeeping } from './engine/housekeeping.js';
import { HistoryHandler } from './history.handler.js';
import { FramePredictor } from './intake/frame-predictor.js';
import { RecordIntake } from './intake/record-intake.js';
import { HistoryController } from './queries/history.controller.js';
import { HistoryService } from './queries/history.service.js';

@Module({
  imports: [BrokerModule],
  controllers: [HistoryController],
  providers: [
    FramePredictor,
    HistoryThread,
    HistoryHandler,
    HistoryService,
    Housekeeping,
    RecordIntake,
  ],
  exports: [FramePredictor, HistoryService, RecordIntake],
})
export class HistoryModule {}
