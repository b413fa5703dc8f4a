/** Commands over REST. */
import { Body, Controller, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { checkGroup, groupsOf } from '../access/index.js';
import { Answers, InScope, pageOf } from '../platform/index.js';
import {
  COMMAND_EXAMPLE,
  type CommandPageRequest,
  type CommandPath,
  type CommandView,
  commandPage,
  commandPath,
  commandView,
  type NewCommandRequest,
  newCommand,
  RUN_EXAMPLE,
  type RunPageRequest,
  type RunView,
  runPage,
  runView,
} from './command-requests.js';
import { CommandsService } from './commands.service.js';

const commands = pageOf('commands', commandView);
const runs = pageOf('devices', runView);

const ID = { name: 'id', description: 'The command', example: COMMAND_EXAMPLE.id };

@ApiTags('commands')
@Controller('api/v1/commands')
export class CommandsController {
  constructor(@Inject(CommandsService) private readonly commands: CommandsService) {}

  @Post()
  @InScope('handler')
  @ApiOperation({
    summary:
      'Send a command (ping, reprofile, restart, logLevel) to named devices, a group, or all devices with some tags',
    description:
      'An offline device gets it when it connects, unless it has expired. GET the command and its devices for the results.',
  })
  @Answers(commandView, COMMAND_EXAMPLE, { status: 201 })
  create(
    @Body({ schema: newCommand }) request: NewCommandRequest,
    @Req() asked: FastifyRequest,
  ): Promise<CommandView> {
    checkGroup(groupsOf(asked), request.target.group ?? null);
    return this.commands.create(request);
  }

  @Get()
  @InScope('query')
  @ApiOperation({ summary: 'List commands, newest first: all, or those for a group or a device' })
  @Answers(commands, { commands: [COMMAND_EXAMPLE], next: null })
  list(
    @Query({ schema: commandPage }) query: CommandPageRequest,
  ): Promise<{ commands: CommandView[]; next: string | null }> {
    return this.commands.page(query);
  }

  @Get(':id')
  @InScope('handler')
  @ApiOperation({ summary: 'Get a command, with the number of devices in each state' })
  @ApiParam(ID)
  @Answers(commandView, COMMAND_EXAMPLE)
  get(
    @Param({ schema: commandPath }) { id }: CommandPath,
    @Req() asked: FastifyRequest,
  ): Promise<CommandView> {
    return this.inScope(id, asked);
  }

  @Get(':id/devices')
  @InScope('handler')
  @ApiOperation({ summary: 'List the devices of a command with their results' })
  @ApiParam(ID)
  @Answers(runs, { devices: [RUN_EXAMPLE], next: null })
  async runs(
    @Param({ schema: commandPath }) { id }: CommandPath,
    @Query({ schema: runPage }) query: RunPageRequest,
    @Req() asked: FastifyRequest,
  ): Promise<{ devices: RunView[]; next: string | null }> {
    await this.inScope(id, asked);
    return this.commands.runs(id, query);
  }

  /** Throws FORBIDDEN for a key of other groups than the command's. */
  private async inScope(id: string, asked: FastifyRequest): Promise<CommandView> {
    const command = await this.commands.get(id);
    checkGroup(groupsOf(asked), command.target.group ?? null);
    return command;
  }
}
