/** REST endpoints of shadows: desired and reported documents of devices. */
import { Body, Controller, Get, Headers, Inject, Param, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { versionOf } from '../../fleet/index.js';
import { Answers, ETAG, InScope } from '../../platform/index.js';
import { ShadowService } from './shadow.service.js';
import {
  type DriftPageRequest,
  driftPage,
  type ModelWish,
  modelWish,
  shadowPath,
  twinPath,
} from './shadow-requests.js';
import {
  DRIFT_EXAMPLE,
  type Drift,
  drifts,
  SHADOW_EXAMPLE,
  type Shadow,
  shadow,
  TWIN_EXAMPLE,
  type TwinView,
  twinView,
} from './shadow-view.js';

const DEVICE = { name: 'id', description: 'The device', example: 'pi-kitchen' };

@ApiTags('shadows')
@Controller('api/v1')
export class ShadowController {
  constructor(@Inject(ShadowService) private readonly shadows: ShadowService) {}

  @Get('devices/:id/shadow')
  @InScope('path')
  @ApiOperation({ summary: 'Get the desired and reported documents of a device' })
  @ApiParam(DEVICE)
  @Answers(shadow, SHADOW_EXAMPLE)
  shadow(@Param({ schema: shadowPath }) { id }: z.infer<typeof shadowPath>): Promise<Shadow> {
    return this.shadows.of(id);
  }

  @Get('devices/:id/shadow/:name')
  @InScope('path')
  @ApiOperation({ summary: 'Get one document of a device; its version is the ETag' })
  @ApiParam(DEVICE)
  @Answers(twinView, TWIN_EXAMPLE, { headers: ETAG })
  async twin(
    @Param({ schema: twinPath }) { id, name }: z.infer<typeof twinPath>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TwinView> {
    return withVersion(await this.shadows.document(id, name), reply);
  }

  @Put('devices/:id/shadow/model')
  @InScope('path')
  @ApiOperation({
    summary: 'Set the desired model of a device; null: none',
  })
  @ApiParam(DEVICE)
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description:
      'Version of the desired document that the change is based on; a stale version returns 409',
  })
  @Answers(twinView, TWIN_EXAMPLE, { headers: ETAG })
  async desireModel(
    @Param({ schema: shadowPath }) { id }: z.infer<typeof shadowPath>,
    @Headers('if-match') ifMatch: string | undefined,
    @Body({ schema: modelWish }) { model }: ModelWish,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TwinView> {
    return withVersion(await this.shadows.desireModel(id, versionOf(ifMatch), model), reply);
  }

  @Get('drift')
  @InScope('query')
  @ApiOperation({
    summary:
      'List devices that have not applied their newest documents: pending, or rejected and why',
  })
  @Answers(drifts, { drifts: [DRIFT_EXAMPLE], next: null })
  drift(
    @Query({ schema: driftPage }) query: DriftPageRequest,
  ): Promise<{ drifts: Drift[]; next: string | null }> {
    return this.shadows.drifts(query);
  }
}

function withVersion(view: TwinView, reply: FastifyReply): TwinView {
  reply.header('etag', `"${view.desired?.version ?? 0}"`);
  return view;
}
