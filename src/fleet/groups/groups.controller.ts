/** Groups over REST. */
import { Body, Controller, Get, Inject, Param, Patch, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { checkGroup, checkWholeFleet, groupsOf } from '../../access/index.js';
import { Answers, InScope } from '../../platform/index.js';
import {
  GROUP_EXAMPLE,
  type GroupChangeRequest,
  type GroupPath,
  type GroupView,
  groupChange,
  groupList,
  groupPath,
  groupView,
} from './group-requests.js';
import { GroupsService } from './groups.service.js';

const NAME = { name: 'name', description: 'The group', example: 'indoors' };

@ApiTags('groups')
@Controller('api/v1/groups')
@InScope('handler')
export class GroupsController {
  constructor(@Inject(GroupsService) private readonly groups: GroupsService) {}

  @Get()
  @ApiOperation({
    summary:
      'List groups with devices and the models they run; a key for some groups sees only those',
  })
  @Answers(groupList, { groups: [GROUP_EXAMPLE] })
  async list(@Req() asked: FastifyRequest): Promise<{ groups: GroupView[] }> {
    const visible = groupsOf(asked);
    const all = await this.groups.all();
    return { groups: all.filter(({ name }) => visible?.includes(name) ?? true) };
  }

  @Get(':name')
  @ApiOperation({ summary: 'Get a group' })
  @ApiParam(NAME)
  @Answers(groupView, GROUP_EXAMPLE)
  async get(
    @Param({ schema: groupPath }) { name }: GroupPath,
    @Req() asked: FastifyRequest,
  ): Promise<GroupView> {
    checkGroup(groupsOf(asked), name);
    return this.groups.get(name);
  }

  @Patch(':name')
  @ApiOperation({
    summary:
      'Change the model (null: none), deadline (null: automatic), strategy or limits of all devices now in the group',
    description: 'Takes effect at once on all devices; a rollout changes them wave by wave.',
  })
  @ApiParam(NAME)
  @Answers(groupView, GROUP_EXAMPLE)
  async change(
    @Param({ schema: groupPath }) { name }: GroupPath,
    @Body({ schema: groupChange }) request: GroupChangeRequest,
    @Req() asked: FastifyRequest,
  ): Promise<GroupView> {
    const groups = groupsOf(asked);
    checkGroup(groups, name);
    if (request.limits?.uplink !== undefined) checkWholeFleet(groups, 'the line of a site');
    return this.groups.change(name, request);
  }
}
