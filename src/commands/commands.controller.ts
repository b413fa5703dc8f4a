/** Commands over REST. */
import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import {
  COMMAND_EXAMPLE,
  type CommandPageRequest,
  type CommandPath,
  type CommandView,
  commandPage,
  commandPath,
  type NewCommandRequest,
  newCommand,
  RUN_EXAMPLE,
  type RunPageRequest,
  type RunView,
  runPage,
} from './command-requests.js';
import { CommandsService } from './commands.service.js';

const ID = { name: 'id', description: 'The command', example: COMMAND_EXAMPLE.id };

@ApiTags('commands')
@Controller('api/v1/commands')
export class CommandsController {
  constructor(@Inject(CommandsService) private readonly commands: CommandsService) {}

  @Post()
  @ApiOperation({
    summary:
      'Tells devices to do something once: ping, reprofile, restart, logLevel; to named devices, a group, or all with some tags',
    description:
      'A device that is offline gets it when it comes, unless it has expired. What became of it: GET of the command and of its devices.',
  })
  @ApiCreatedResponse({ example: COMMAND_EXAMPLE })
  create(@Body({ schema: newCommand }) request: NewCommandRequest): Promise<CommandView> {
    return this.commands.create(request);
  }

  @Get()
  @ApiOperation({ summary: 'Commands, newest first, of all devices or of one' })
  @ApiOkResponse({ example: { commands: [COMMAND_EXAMPLE], next: null } })
  list(
    @Query({ schema: commandPage }) query: CommandPageRequest,
  ): Promise<{ commands: CommandView[]; next: string | null }> {
    return this.commands.page(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'A command, and how many devices are in which state of it' })
  @ApiParam(ID)
  @ApiOkResponse({ example: COMMAND_EXAMPLE })
  get(@Param({ schema: commandPath }) { id }: CommandPath): Promise<CommandView> {
    return this.commands.get(id);
  }

  @Get(':id/devices')
  @ApiOperation({ summary: 'What became of a command, device by device' })
  @ApiParam(ID)
  @ApiOkResponse({ example: { devices: [RUN_EXAMPLE], next: null } })
  runs(
    @Param({ schema: commandPath }) { id }: CommandPath,
    @Query({ schema: runPage }) query: RunPageRequest,
  ): Promise<{ devices: RunView[]; next: string | null }> {
    return this.commands.runs(id, query);
  }
}
