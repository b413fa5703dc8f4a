/** Rollouts over REST. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { checkGroup, groupsOf } from '../../access/index.js';
import { Answers, InScope, pageOf } from '../../platform/index.js';
import {
  DEVICE_EXAMPLE,
  ROLLOUT_EXAMPLE,
  type RolloutDeviceView,
  type RolloutView,
  rolloutDeviceView,
  rolloutView,
} from '../schemas/rollout-answers.js';
import {
  type NewRolloutRequest,
  newRollout,
  type RolloutDevicePageRequest,
  type RolloutPageRequest,
  type RolloutPath,
  rolloutDevicePage,
  rolloutPage,
  rolloutPath,
} from '../schemas/rollout-requests.js';
import { RolloutsService } from './rollouts.service.js';

const rollouts = pageOf('rollouts', rolloutView);
const devices = pageOf('devices', rolloutDeviceView);

const ID = { name: 'id', description: 'The rollout', example: ROLLOUT_EXAMPLE.id };

@ApiTags('rollouts')
@Controller('api/v1/rollouts')
export class RolloutsController {
  constructor(@Inject(RolloutsService) private readonly rollouts: RolloutsService) {}

  @Post()
  @InScope('handler')
  @ApiOperation({
    summary: 'Create a rollout of a model or a scheduling policy, wave by wave',
    description:
      'A wave that fails a gate (failures, p95 compared with the same devices before) rolls every device back.',
  })
  @Answers(rolloutView, ROLLOUT_EXAMPLE, { status: 201 })
  create(
    @Body({ schema: newRollout }) request: NewRolloutRequest,
    @Req() asked: FastifyRequest,
  ): Promise<RolloutView> {
    checkGroup(groupsOf(asked), request.target.group ?? null);
    return this.rollouts.create(request);
  }

  @Get()
  @InScope('query')
  @ApiOperation({ summary: 'List rollouts, newest first: all, or those for a group' })
  @Answers(rollouts, { rollouts: [ROLLOUT_EXAMPLE], next: null })
  list(
    @Query({ schema: rolloutPage }) query: RolloutPageRequest,
  ): Promise<{ rollouts: RolloutView[]; next: string | null }> {
    return this.rollouts.page(query);
  }

  @Get(':id')
  @InScope('handler')
  @ApiOperation({ summary: 'Get a rollout: progress, reason of the state, measurements' })
  @ApiParam(ID)
  @Answers(rolloutView, ROLLOUT_EXAMPLE)
  get(
    @Param({ schema: rolloutPath }) { id }: RolloutPath,
    @Req() asked: FastifyRequest,
  ): Promise<RolloutView> {
    return this.inScope(id, asked);
  }

  @Get(':id/devices')
  @InScope('handler')
  @ApiOperation({ summary: 'List the devices of a rollout' })
  @ApiParam(ID)
  @Answers(devices, { devices: [DEVICE_EXAMPLE], next: null })
  async devices(
    @Param({ schema: rolloutPath }) { id }: RolloutPath,
    @Query({ schema: rolloutDevicePage }) query: RolloutDevicePageRequest,
    @Req() asked: FastifyRequest,
  ): Promise<{ devices: RolloutDeviceView[]; next: string | null }> {
    await this.inScope(id, asked);
    return this.rollouts.devices(id, query);
  }

  @Post(':id/pause')
  @InScope('handler')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause a rollout: no further device is changed, gates are still evaluated',
  })
  @ApiParam(ID)
  @Answers(rolloutView, ROLLOUT_EXAMPLE)
  async pause(
    @Param({ schema: rolloutPath }) { id }: RolloutPath,
    @Req() asked: FastifyRequest,
  ): Promise<RolloutView> {
    await this.inScope(id, asked);
    return this.rollouts.pause(id);
  }

  @Post(':id/resume')
  @InScope('handler')
  @HttpCode(200)
  @ApiOperation({ summary: 'Resume a paused rollout' })
  @ApiParam(ID)
  @Answers(rolloutView, ROLLOUT_EXAMPLE)
  async resume(
    @Param({ schema: rolloutPath }) { id }: RolloutPath,
    @Req() asked: FastifyRequest,
  ): Promise<RolloutView> {
    await this.inScope(id, asked);
    return this.rollouts.resume(id);
  }

  @Post(':id/rollback')
  @InScope('handler')
  @HttpCode(200)
  @ApiOperation({ summary: 'Roll a rollout back: restore the settings of every device' })
  @ApiParam(ID)
  @Answers(rolloutView, ROLLOUT_EXAMPLE)
  async rollBack(
    @Param({ schema: rolloutPath }) { id }: RolloutPath,
    @Req() asked: FastifyRequest,
  ): Promise<RolloutView> {
    await this.inScope(id, asked);
    return this.rollouts.rollBack(id);
  }

  /** Throws FORBIDDEN for a key of other groups than the rollout's. */
  private async inScope(id: string, asked: FastifyRequest): Promise<RolloutView> {
    const rollout = await this.rollouts.get(id);
    checkGroup(groupsOf(asked), rollout.target.group ?? null);
    return rollout;
  }
}
