/** What an orchestrator asks: is the process alive, and can it serve? And what an operator asks: how busy is it? */
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Health, type HealthState } from '../health.js';
import { Load, type LoadState } from '../load.js';
import { Public } from './public.js';
import { wholeNumber } from './validation.js';

const MINUTE_S = 60;
const loadQuery = z.strictObject({ seconds: wholeNumber(MINUTE_S).default(MINUTE_S) });
type LoadQuery = z.infer<typeof loadQuery>;

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(Health) private readonly health: Health,
    @Inject(Load) private readonly ownLoad: Load,
  ) {}

  @Public()
  @Get('live')
  @ApiOperation({ summary: 'The process answers' })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Public()
  @Get('ready')
  @ApiOperation({ summary: 'Database, broker and workers can serve; 503 and the reasons when not' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthState> {
    const state = await this.health.state();
    reply.status(state.isReady ? 200 : 503);
    return state;
  }

  @Get('load')
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Event-loop delay over the last seconds, processor, memory, and what the parts hold',
  })
  load(@Query({ schema: loadQuery }) { seconds }: LoadQuery): LoadState {
    return this.ownLoad.state(1000 * seconds);
  }
}
