/** Shadows over REST: what devices should hold and do, beside what they said of it. */
import { Body, Controller, Get, Headers, Inject, Param, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { versionOf } from '../../fleet/index.js';
import { Answers, ETAG, InScope } from '../../platform/index.js';
import { ShadowService } from './shadow.service.js';
import {
  DRIFT_EXAMPLE,
  type Drift,
  type DriftPageRequest,
  driftPage,
  drifts,
  type ModelWish,
  modelWish,
  SHADOW_EXAMPLE,
  type Shadow,
  shadow,
  shadowPath,
  TWIN_EXAMPLE,
  type TwinView,
  twinPath,
  twinView,
} from './shadow-view.js';

const DEVICE = { name: 'id', description: 'The device', example: 'pi-kitchen' };

@ApiTags('shadows')
@Controller('api/v1')
export class ShadowController {
  constructor(@Inject(ShadowService) private readonly shadows: ShadowService) {}

  @Get('devices/:id/shadow')
  @InScope('path')
  @ApiOperation({ summary: 'Desired and reported documents of a device, with their versions' })
  @ApiParam(DEVICE)
  @Answers(shadow, SHADOW_EXAMPLE)
  shadow(@Param({ schema: shadowPath }) { id }: z.infer<typeof shadowPath>): Promise<Shadow> {
    return this.shadows.of(id);
  }

  @Get('devices/:id/shadow/:name')
  @InScope('path')
  @ApiOperation({ summary: 'One document, model or plan; its version is the ETag' })
  @ApiParam(DEVICE)
  @Answers(twinView, TWIN_EXAMPLE, { headers: ETAG })
  async twin(
    @Param({ schema: twinPath }) { id, name }: z.infer<typeof twinPath>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TwinView> {
    return answer(await this.shadows.document(id, name), reply);
  }

  @Put('devices/:id/shadow/model')
  @InScope('path')
  @ApiOperation({
    summary: 'Desires another model, or none (null); plans are made by the service alone',
  })
  @ApiParam(DEVICE)
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Version of the desired document that the change is based on; stale: 409',
  })
  @Answers(twinView, TWIN_EXAMPLE, { headers: ETAG })
  async desireModel(
    @Param({ schema: shadowPath }) { id }: z.infer<typeof shadowPath>,
    @Headers('if-match') ifMatch: string | undefined,
    @Body({ schema: modelWish }) { model }: ModelWish,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TwinView> {
    return answer(await this.shadows.desireModel(id, versionOf(ifMatch), model), reply);
  }

  @Get('drift')
  @InScope('query')
  @ApiOperation({
    summary:
      'Devices, all or of a group, that have not applied their newest documents: pending, or refused and why',
  })
  @Answers(drifts, { drifts: [DRIFT_EXAMPLE], next: null })
  drift(
    @Query({ schema: driftPage }) query: DriftPageRequest,
  ): Promise<{ drifts: Drift[]; next: string | null }> {
    return this.shadows.drifts(query);
  }
}

function answer(view: TwinView, reply: FastifyReply): TwinView {
  reply.header('etag', `"${view.desired?.version ?? 0}"`);
  return view;
}
