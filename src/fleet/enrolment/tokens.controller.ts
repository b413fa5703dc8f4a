/** REST resource "enrolment-tokens". */
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
} from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { actorOf, groupsOf, nameOf } from '../../access/index.js';
import {
  Answers,
  InScope,
  newestCursor,
  newestPlaceOf,
  pageOf,
  type ResponseOf,
} from '../../platform/index.js';
import { FleetService } from '../devices/fleet.service.js';
import { Enrolment } from './enrolment.service.js';
import {
  type NewTokenRequest,
  newToken,
  newTokenView,
  TOKEN_EXAMPLE,
  type TokenPage,
  type TokenView,
  tokenPage,
  tokenView,
  tokenViewOf,
} from './enrolment-requests.js';
import type { TokenRow } from './tokens.store.js';

const TOKEN_PARAMETER = { name: 'id', description: 'Token id', example: TOKEN_EXAMPLE.id };
const tokens = pageOf('tokens', tokenView);

@ApiTags('enrolment')
@Controller('api/v1/enrolment-tokens')
@InScope('handler')
export class TokensController {
  constructor(
    @Inject(Enrolment) private readonly enrolment: Enrolment,
    @Inject(FleetService) private readonly fleet: FleetService,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Create an enrolment token for devices; it is shown only once',
  })
  @Answers(newTokenView, { ...TOKEN_EXAMPLE, token: 'fle_k2Jw…' }, { status: 201 })
  async makeToken(
    @Body({ schema: newToken }) asked: NewTokenRequest,
    @Req() request: FastifyRequest,
  ): Promise<ResponseOf<typeof newTokenView>> {
    const actor = actorOf(request);
    const by = actor === undefined ? 'anonymous' : nameOf(actor);
    const { row, token } = await this.enrolment.makeToken(asked, by, groupsOf(request));
    return { ...(await this.view(row)), token };
  }

  @Get()
  @ApiOperation({
    summary:
      'List enrolment tokens, newest first, without their texts; `next` is the cursor of the next page',
  })
  @Answers(tokens, { tokens: [TOKEN_EXAMPLE], next: null })
  async tokens(
    @Query({ schema: tokenPage }) { limit, cursor }: TokenPage,
    @Req() request: FastifyRequest,
  ): Promise<{ tokens: TokenView[]; next: string | null }> {
    const after = cursor === undefined ? undefined : newestPlaceOf(cursor);
    const rows = await this.enrolment.page({ limit, after, groups: groupsOf(request) });
    const last = rows.length === limit ? rows.at(-1) : undefined;
    const models = await this.fleet.modelsOf(rows.map(({ modelId }) => modelId));
    const shown = rows.map((row) => tokenViewOf(row, models));
    return { tokens: shown, next: last === undefined ? null : newestCursor(last) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an enrolment token, without its text' })
  @ApiParam(TOKEN_PARAMETER)
  @Answers(tokenView, TOKEN_EXAMPLE)
  async token(@Param('id') id: string, @Req() request: FastifyRequest): Promise<TokenView> {
    return this.view(await this.enrolment.token(id, groupsOf(request)));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an enrolment token; devices that enrolled with it stay' })
  @ApiParam(TOKEN_PARAMETER)
  @ApiNoContentResponse()
  async revoke(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    await this.enrolment.revoke(id, groupsOf(request));
  }

  private async view(row: TokenRow): Promise<TokenView> {
    return tokenViewOf(row, await this.fleet.modelsOf([row.modelId]));
  }
}
