/** Groups over REST. */
import { Body, Controller, Get, Inject, Param, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import {
  GROUP_EXAMPLE,
  type GroupChangeRequest,
  type GroupPath,
  type GroupView,
  groupChange,
  groupPath,
} from './group-requests.js';
import { GroupsService } from './groups.service.js';

const NAME = { name: 'name', description: 'The group', example: 'indoors' };

@ApiTags('groups')
@Controller('api/v1/groups')
export class GroupsController {
  constructor(@Inject(GroupsService) private readonly groups: GroupsService) {}

  @Get()
  @ApiOperation({ summary: 'All groups that devices are in, with the models they run' })
  @ApiOkResponse({ example: { groups: [GROUP_EXAMPLE] } })
  async list(): Promise<{ groups: GroupView[] }> {
    return { groups: await this.groups.all() };
  }

  @Get(':name')
  @ApiOperation({ summary: 'A group' })
  @ApiParam(NAME)
  @ApiOkResponse({ example: GROUP_EXAMPLE })
  get(@Param({ schema: groupPath }) { name }: GroupPath): Promise<GroupView> {
    return this.groups.get(name);
  }

  @Patch(':name')
  @ApiOperation({
    summary:
      'Gives all devices that are in the group now a model (null: none), a deadline (null: automatic) or a strategy',
    description: 'At once and to all of them; to be careful, make a rollout of it.',
  })
  @ApiParam(NAME)
  @ApiOkResponse({ example: GROUP_EXAMPLE })
  change(
    @Param({ schema: groupPath }) { name }: GroupPath,
    @Body({ schema: groupChange }) request: GroupChangeRequest,
  ): Promise<GroupView> {
    return this.groups.change(name, request);
  }
}
