/** The history over REST. */
import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Answers, AnswersMedia, InScope, type ResponseOf } from '../../platform/index.js';
import { deviceLatency, type LatencyAnswer, latencyAnswer } from '../latency/latency-answers.js';
import { contentTypes, type ExportFormat } from '../views/export-text.js';
import {
  type FramesPage,
  frameFields,
  framesPage,
  type TimedFrame,
  timedFrame,
} from '../views/frame-answers.js';
import { HistoryService } from './history.service.js';
import { FRAME_EXAMPLE, LATENCY_EXAMPLE, TIMED_FRAME_EXAMPLE } from './history-examples.js';
import {
  type DevicePath,
  devicePath,
  type ExportQuery,
  exportQuery,
  type FleetExportQuery,
  type FleetLatencyQuery,
  type FramePath,
  type FramesQuery,
  fleetExportQuery,
  fleetLatencyQuery,
  framePath,
  framesQuery,
  type LatencyQuery,
  latencyQuery,
} from './history-requests.js';

@ApiTags('history')
@Controller('api/v1')
@InScope('path')
export class HistoryController {
  constructor(@Inject(HistoryService) private readonly history: HistoryService) {}

  @Get('devices/:id/frames')
  @ApiOperation({ summary: 'List the frames of a device, newest first' })
  @Answers(framesPage, { frames: [FRAME_EXAMPLE], next: null })
  async frames(
    @Param({ schema: devicePath }) { id }: DevicePath,
    @Query({ schema: framesQuery }) query: FramesQuery,
  ): Promise<FramesPage> {
    const { frames, next } = await this.history.frames(id, query);
    return { frames: frameFields.pick(frames, query.fields), next };
  }

  @Get('devices/:id/frames/export')
  @ApiOperation({
    summary: 'Export the frames of a device in a range, oldest first, as NDJSON or CSV',
  })
  @AnswersMedia(['application/x-ndjson', 'text/csv'])
  async export(
    @Param({ schema: devicePath }) { id }: DevicePath,
    @Query({ schema: exportQuery }) query: ExportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return fileOf(await this.history.export({ ...query, devices: [id] }), id, query.format, reply);
  }

  @Get('frames/export')
  @InScope('query')
  @ApiOperation({
    summary:
      'Export the frames of the fleet, of a group or of some devices in a range, as NDJSON or CSV',
    description:
      'Devices by id, and the frames of each oldest first. The devices are those of the begin of the export.',
  })
  @AnswersMedia(['application/x-ndjson', 'text/csv'])
  async exportFleet(
    @Query({ schema: fleetExportQuery }) query: FleetExportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return fileOf(await this.history.export(query), 'frames', query.format, reply);
  }

  @Get('devices/:id/frames/:frame')
  @ApiOperation({ summary: 'Get a frame with the timeline of its stages' })
  @Answers(timedFrame, TIMED_FRAME_EXAMPLE)
  async frame(@Param({ schema: framePath }) { id, frame }: FramePath): Promise<TimedFrame> {
    return this.history.frame(id, frame);
  }

  @Get('devices/:id/latency')
  @ApiOperation({
    summary: 'Get the latency of a device by stage, measured and predicted, with percentiles',
  })
  @Answers(deviceLatency, { device: 'pi-kitchen', ...LATENCY_EXAMPLE })
  async latency(
    @Param({ schema: devicePath }) { id }: DevicePath,
    @Query({ schema: latencyQuery }) query: LatencyQuery,
  ): Promise<ResponseOf<typeof deviceLatency>> {
    return { device: id, ...(await this.history.latency({ ...query, devices: [id] })) };
  }

  @Get('latency')
  @InScope('query')
  @ApiOperation({ summary: 'Get the latency of the fleet, or of some devices together' })
  @Answers(latencyAnswer, LATENCY_EXAMPLE)
  async fleetLatency(
    @Query({ schema: fleetLatencyQuery }) query: FleetLatencyQuery,
  ): Promise<LatencyAnswer> {
    return this.history.latency(query);
  }
}

function fileOf(
  pieces: AsyncIterable<string>,
  name: string,
  format: ExportFormat,
  reply: FastifyReply,
): StreamableFile {
  reply.header('content-type', contentTypes[format]);
  reply.header('content-disposition', `attachment; filename="${name}.${format}"`);
  return new StreamableFile(Readable.from(pieces, { objectMode: false }));
}
