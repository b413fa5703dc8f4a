/** Groups over REST. */
import { Body, Controller, Get, Inject, Param, Patch, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { checkGroup, groupsOf } from '../../access/index.js';
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
      'All groups that devices are in, with the models they run; of a key for some groups, those',
  })
  @Answers(groupList, { groups: [GROUP_EXAMPLE] })
  async list(@Req() asked: FastifyRequest): Promise<{ groups: GroupView[] }> {
    const visible = groupsOf(asked);
    const all = await this.groups.all();
    return { groups: all.filter(({ name }) => visible?.includes(name) ?? true) };
  }

  @Get(':name')
  @ApiOperation({ summary: 'A group' })
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
      'Gives all devices that are in the group now a model (null: none), a deadline (null: automatic) or a strategy',
    description: 'At once and to all of them; to be careful, make a rollout of it.',
  })
  @ApiParam(NAME)
  @Answers(groupView, GROUP_EXAMPLE)
  async change(
    @Param({ schema: groupPath }) { name }: GroupPath,
    @Body({ schema: groupChange }) request: GroupChangeRequest,
    @Req() asked: FastifyRequest,
  ): Promise<GroupView> {
    checkGroup(groupsOf(asked), name);
    return this.groups.change(name, request);
  }
}
