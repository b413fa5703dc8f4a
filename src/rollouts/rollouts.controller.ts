/** Rollouts over REST. */
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import {
  DEVICE_EXAMPLE,
  type NewRolloutRequest,
  newRollout,
  ROLLOUT_EXAMPLE,
  type RolloutDevicePageRequest,
  type RolloutDeviceView,
  type RolloutPageRequest,
  type RolloutPath,
  type RolloutView,
  rolloutDevicePage,
  rolloutPage,
  rolloutPath,
} from './rollout-requests.js';
import { RolloutsService } from './rollouts.service.js';

const ID = { name: 'id', description: 'The rollout', example: ROLLOUT_EXAMPLE.id };

@ApiTags('rollouts')
@Controller('api/v1/rollouts')
export class RolloutsController {
  constructor(@Inject(RolloutsService) private readonly rollouts: RolloutsService) {}

  @Post()
  @ApiOperation({
    summary: 'Begins to give devices a model or a scheduling policy, wave by wave',
    description:
      'A wave that breaks a gate (failures, p95 against the same devices before) stops the rollout, and every device gets back what it had.',
  })
  @ApiCreatedResponse({ example: ROLLOUT_EXAMPLE })
  create(@Body({ schema: newRollout }) request: NewRolloutRequest): Promise<RolloutView> {
    return this.rollouts.create(request);
  }

  @Get()
  @ApiOperation({ summary: 'Rollouts, newest first' })
  @ApiOkResponse({ example: { rollouts: [ROLLOUT_EXAMPLE], next: null } })
  list(
    @Query({ schema: rolloutPage }) query: RolloutPageRequest,
  ): Promise<{ rollouts: RolloutView[]; next: string | null }> {
    return this.rollouts.page(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'A rollout: how far it is, what it waits for, what was measured' })
  @ApiParam(ID)
  @ApiOkResponse({ example: ROLLOUT_EXAMPLE })
  get(@Param({ schema: rolloutPath }) { id }: RolloutPath): Promise<RolloutView> {
    return this.rollouts.get(id);
  }

  @Get(':id/devices')
  @ApiOperation({ summary: 'A rollout, device by device' })
  @ApiParam(ID)
  @ApiOkResponse({ example: { devices: [DEVICE_EXAMPLE], next: null } })
  devices(
    @Param({ schema: rolloutPath }) { id }: RolloutPath,
    @Query({ schema: rolloutDevicePage }) query: RolloutDevicePageRequest,
  ): Promise<{ devices: RolloutDeviceView[]; next: string | null }> {
    return this.rollouts.devices(id, query);
  }

  @Post(':id/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Gives it to no further device; its gates are still watched' })
  @ApiParam(ID)
  @ApiOkResponse({ example: ROLLOUT_EXAMPLE })
  pause(@Param({ schema: rolloutPath }) { id }: RolloutPath): Promise<RolloutView> {
    return this.rollouts.pause(id);
  }

  @Post(':id/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Goes on with a rollout that was paused' })
  @ApiParam(ID)
  @ApiOkResponse({ example: ROLLOUT_EXAMPLE })
  resume(@Param({ schema: rolloutPath }) { id }: RolloutPath): Promise<RolloutView> {
    return this.rollouts.resume(id);
  }

  @Post(':id/rollback')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stops it and gives every device back what it had' })
  @ApiParam(ID)
  @ApiOkResponse({ example: ROLLOUT_EXAMPLE })
  rollBack(@Param({ schema: rolloutPath }) { id }: RolloutPath): Promise<RolloutView> {
    return this.rollouts.rollBack(id);
  }
}
