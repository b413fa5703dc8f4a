/** Liveness and readiness for orchestrators, load for operators. */
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Answers } from '../http/answers.js';
import { Public } from '../http/decorators/public.js';
import { wholeNumber } from '../http/validation.js';
import { Health, type HealthState, healthState } from './health.js';
import { LoadReport, type LoadState, loadState } from './load-report.js';

const MINUTE_S = 60;
const loadQuery = z.strictObject({ seconds: wholeNumber(MINUTE_S).default(MINUTE_S) });
type LoadQuery = z.infer<typeof loadQuery>;

const live = z.object({ status: z.literal('live') });
const LOW = '180 MiB free on the disk of the data folder, 256 MiB in reserve: uploads are rejected';
const READY: HealthState = {
  isReady: true,
  checks: { database: { ok: true, ms: 1 }, disk: { ok: true, ms: 1, because: LOW } },
};
const LATE = { ok: false, ms: 2000, because: 'no answer in 2000 ms' };
const LOAD: LoadState = {
  eventLoop: { samples: 5700, p50Ms: 0.1, p99Ms: 2.4, maxMs: 11.9 },
  cpu: { userMs: 81_300, systemMs: 9_120 },
  memory: { rssBytes: 182_000_000, heapUsedBytes: 61_000_000, externalBytes: 7_400_000 },
  resources: { TCPSocketWrap: 12, Timeout: 30 },
  parts: { blocks: { requests: 128 } },
};

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(Health) private readonly health: Health,
    @Inject(LoadReport) private readonly ownLoad: LoadReport,
  ) {}

  @Public()
  @Get('live')
  @ApiOperation({ summary: 'Check that the process answers' })
  @Answers(live, { status: 'live' })
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Public()
  @Get('ready')
  @ApiOperation({
    summary:
      'Check that database, disk, broker and workers are ready; 503 with the reasons when not',
  })
  @Answers(healthState, READY)
  @Answers(healthState, { isReady: false, checks: { database: LATE } }, { status: 503 })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthState> {
    const state = await this.health.state();
    reply.status(state.isReady ? 200 : 503);
    return state;
  }

  @Get('load')
  @ApiBearerAuth()
  @ApiOperation({
    summary:
      'Get event-loop delay over the last seconds, processor time, memory and figures of the parts',
  })
  @Answers(loadState, LOAD)
  load(@Query({ schema: loadQuery }) { seconds }: LoadQuery): LoadState {
    return this.ownLoad.state(1000 * seconds);
  }
}
