/** The HTTP edge of the fleet. */
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { checkGroup, checkWholeFleet, groupsOf } from '../../access/index.js';
import { Answers, Clock, ETAG, InScope, pageOf, type ResponseOf } from '../../platform/index.js';
import { DeviceAccess } from '../credentials/device-access.js';
import { DEVICE_EXAMPLE } from './device-example.js';
import {
  type DeviceChangeRequest,
  deviceChange,
  deviceCursors,
  devicePage,
  type NewDeviceRequest,
  newDevice,
  type SecretChange,
  secretChange,
  versionOf,
} from './device-requests.js';
import { type DeviceView, deviceFields, deviceView, deviceViewOf } from './device-view.js';
import { FleetService } from './fleet.service.js';

const newSecret = z.object({ secret: z.string().describe('Shown only once') });
const enrolled = newSecret.extend({ device: deviceView });
const devices = pageOf('devices', deviceFields.item);
const deviceList = devicePage.extend({ fields: deviceFields.query });
type DeviceListRequest = z.infer<typeof deviceList>;

const DEVICE_PARAMETER = { name: 'id', description: 'The device', example: 'pi-kitchen' };

@ApiTags('devices')
@Controller('api/v1/devices')
@InScope('path')
export class FleetController {
  constructor(
    @Inject(FleetService) private readonly fleet: FleetService,
    @Inject(DeviceAccess) private readonly access: DeviceAccess,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Post()
  @InScope('handler')
  @ApiOperation({ summary: 'Enrol a device; its secret is shown only once' })
  @Answers(enrolled, { device: DEVICE_EXAMPLE, secret: 'k2Jw…' }, { status: 201 })
  async create(
    @Body({ schema: newDevice }) request: NewDeviceRequest,
    @Req() asked: FastifyRequest,
  ): Promise<{ device: DeviceView; secret: string }> {
    checkGroup(groupsOf(asked), request.group ?? null);
    const { device, secret } = await this.fleet.create(request);
    return { device: await this.view(device), secret };
  }

  @Get()
  @InScope('handler')
  @ApiOperation({
    summary:
      'List devices by id, filtered by state, access, group, model, agent version, link class, cameras or tags; `next` is the cursor of the next page, null at the end',
  })
  @Answers(devices, { devices: [DEVICE_EXAMPLE], next: null })
  async list(
    @Query({ schema: deviceList }) { cursor, tag, version, fields, ...page }: DeviceListRequest,
    @Req() asked: FastifyRequest,
  ): Promise<ResponseOf<typeof devices>> {
    const groups = groupsOf(asked);
    if (page.group !== undefined) checkGroup(groups, page.group);
    const after = cursor === undefined ? undefined : deviceCursors.placeOf(cursor);
    const rows = await this.fleet.page({
      ...{ ...page, tags: tag, modelVersion: version, after },
      ...{ groups, now: this.clock.now() },
    });
    const models = await this.fleet.modelsOf(rows.map(({ modelId }) => modelId));
    const last = rows.length === page.limit ? rows.at(-1) : undefined;
    return {
      devices: deviceFields.pick(
        rows.map((row) => deviceViewOf(row, models, this.clock.now())),
        fields,
      ),
      next: last === undefined ? null : deviceCursors.textOf(last.id),
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a device: presence, birth, telemetry, link, cameras' })
  @ApiParam(DEVICE_PARAMETER)
  @Answers(deviceView, DEVICE_EXAMPLE, { headers: ETAG })
  async get(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceView> {
    return this.answer(await this.fleet.get(id), reply);
  }

  @Patch(':id')
  @ApiOperation({
    summary:
      'Change a device: name, model (null: none), deadline (null: automatic), strategy, limits, group (null: none), tags',
    description:
      'strategy: auto finds the best plan; local, cloud and min-cut (partition only) are baselines to compare with. ' +
      'limits: what plans keep within, on bytes, memory and late frames; null removes one.',
  })
  @ApiParam(DEVICE_PARAMETER)
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The ETag the change is based on; a stale one is rejected with 409',
  })
  @Answers(deviceView, DEVICE_EXAMPLE, { headers: ETAG })
  async change(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Body({ schema: deviceChange }) request: DeviceChangeRequest,
    @Req() asked: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceView> {
    const groups = groupsOf(asked);
    if (request.group !== undefined) checkGroup(groups, request.group);
    if (request.limits?.uplink !== undefined) checkWholeFleet(groups, 'the line of a site');
    return this.answer(await this.fleet.change(id, versionOf(ifMatch), request), reply);
  }

  @Post(':id/secret')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replace the secret of a device; the new one is shown only once',
    description:
      'Without overlapS the old secret is void at once and its session ends. With it both are valid for that time; then ' +
      'the old one expires, and a session it opened ends.',
  })
  @ApiParam(DEVICE_PARAMETER)
  @Answers(newSecret, { secret: 'Zp0c…' })
  async rotateSecret(
    @Param('id') id: string,
    @Body({ schema: secretChange }) { overlapS }: SecretChange,
  ): Promise<{ secret: string }> {
    return { secret: await this.access.rotate(id, 1000 * overlapS) };
  }

  @Post(':id/approve')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Approve a self-enrolled device, or a revoked one that has a new secret',
  })
  @ApiParam(DEVICE_PARAMETER)
  @Answers(deviceView, DEVICE_EXAMPLE)
  async approve(@Param('id') id: string): Promise<DeviceView> {
    await this.access.approve(id);
    return this.view(await this.fleet.get(id));
  }

  @Post(':id/revoke')
  @HttpCode(200)
  @ApiOperation({
    summary:
      'Revoke a device: its credentials are void at once and its session ends; its history stays',
  })
  @ApiParam(DEVICE_PARAMETER)
  @Answers(deviceView, { ...DEVICE_EXAMPLE, access: 'revoked' })
  async revoke(@Param('id') id: string): Promise<DeviceView> {
    await this.access.revoke(id);
    return this.view(await this.fleet.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a device, its history and its live session' })
  @ApiParam(DEVICE_PARAMETER)
  @ApiNoContentResponse()
  async remove(@Param('id') id: string): Promise<void> {
    await this.fleet.remove(id);
  }

  private async view(row: Parameters<typeof deviceViewOf>[0]): Promise<DeviceView> {
    return deviceViewOf(row, await this.fleet.modelsOf([row.modelId]), this.clock.now());
  }

  private answer(
    row: Parameters<typeof deviceViewOf>[0],
    reply: FastifyReply,
  ): Promise<DeviceView> {
    reply.header('etag', `"${row.version}"`);
    return this.view(row);
  }
}
