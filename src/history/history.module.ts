/** What was measured: every frame's stages, stored once, asked over REST. */
import { Module } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { HistoryThread } from './engine/history-thread.js';
import { Housekeeping } from './engine/housekeeping.js';
import { HistoryHandler } from './history.handler.js';
import { RecordIntake } from './intake/record-intake.js';
import { HistoryController } from './queries/history.controller.js';
import { HistoryService } from './queries/history.service.js';

@Module({
  imports: [BrokerModule],
  controllers: [HistoryController],
  providers: [HistoryThread, HistoryHandler, HistoryService, Housekeeping, RecordIntake],
  exports: [HistoryService, RecordIntake],
})
export class HistoryModule {}
