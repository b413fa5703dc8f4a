/** The history over REST. */
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type FramesPage, HistoryService, type Latency } from './history.service.js';
import {
  type DevicePath,
  devicePath,
  type FramesQuery,
  framesQuery,
  type LatencyQuery,
  latencyQuery,
} from './history-requests.js';

@ApiTags('history')
@Controller('api/v1/devices/:id')
export class HistoryController {
  constructor(@Inject(HistoryService) private readonly history: HistoryService) {}

  @Get('frames')
  @ApiOperation({ summary: 'Frames of a device, newest first' })
  async frames(
    @Param({ schema: devicePath }) { id }: DevicePath,
    @Query({ schema: framesQuery }) query: FramesQuery,
  ): Promise<FramesPage> {
    return this.history.frames(id, query);
  }

  @Get('latency')
  @ApiOperation({
    summary: 'What frames cost by stage, measured beside predicted, with percentiles',
  })
  async latency(
    @Param({ schema: devicePath }) { id }: DevicePath,
    @Query({ schema: latencyQuery }) query: LatencyQuery,
  ): Promise<Latency> {
    return this.history.latency(id, query);
  }
}
