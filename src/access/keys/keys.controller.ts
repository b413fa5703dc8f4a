/** Operators' keys over REST: for admins, but for the one question who one is. */
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Answers, InScope, Needs, type ResponseOf } from '../../platform/index.js';
import { actorOf } from './actor.js';
import {
  KEY_EXAMPLE,
  type KeyView,
  keyList,
  keyView,
  keyViewOf,
  type NewKeyRequest,
  newKey,
  newKeyView,
} from './key-requests.js';
import { OperatorKeys } from './operator-keys.js';

const KEY_PARAMETER = { name: 'id', description: 'The key', example: KEY_EXAMPLE.id };

@ApiTags('operators')
@Controller('api/v1/keys')
@Needs('admin')
export class KeysController {
  constructor(@Inject(OperatorKeys) private readonly keys: OperatorKeys) {}

  @Post()
  @ApiOperation({
    summary: 'Create an operator key; it is shown only once',
    description:
      'viewer: reads. operator: changes devices, models and what they run. admin: also keys and the audit log. With ' +
      'groups, the key sees and changes only devices of these groups.',
  })
  @Answers(newKeyView, { ...KEY_EXAMPLE, key: 'flo_k2Jw…' }, { status: 201 })
  async create(
    @Body({ schema: newKey }) asked: NewKeyRequest,
  ): Promise<ResponseOf<typeof newKeyView>> {
    const expiresAt = asked.expiresAt === null ? null : new Date(asked.expiresAt);
    const { stored, key } = await this.keys.create({ ...asked, expiresAt });
    return { ...keyViewOf(stored), key };
  }

  @Get()
  @ApiOperation({
    summary: 'List operator keys, oldest first, revoked ones too, without their texts',
  })
  @Answers(keyList, { keys: [KEY_EXAMPLE] })
  list(): { keys: KeyView[] } {
    return { keys: this.keys.list().map(keyViewOf) };
  }

  @Get('own')
  @Needs('viewer')
  @InScope('nowhere')
  @ApiOperation({ summary: 'Get the key of this request' })
  @Answers(keyView, KEY_EXAMPLE)
  own(@Req() request: FastifyRequest): KeyView {
    return keyViewOf(this.keys.get(actorOf(request)?.id ?? ''));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an operator key, without its text' })
  @ApiParam(KEY_PARAMETER)
  @Answers(keyView, KEY_EXAMPLE)
  get(@Param('id') id: string): KeyView {
    return keyViewOf(this.keys.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an operator key' })
  @ApiParam(KEY_PARAMETER)
  @ApiNoContentResponse()
  async revoke(@Param('id') id: string): Promise<void> {
    await this.keys.revoke(id);
  }
}
