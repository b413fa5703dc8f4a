/** REST endpoint of replays: what a device's frames would cost over another link or under another policy. */
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, ReadOnly } from '../../platform/index.js';
import { WhatIfService } from './what-if.service.js';
import {
  WHAT_IF_EXAMPLE,
  type WhatIf,
  type WhatIfRequest,
  whatIf,
  whatIfRequest,
} from './what-if-answers.js';

@ApiTags('plans')
@Controller('api/v1/what-if')
export class WhatIfController {
  constructor(@Inject(WhatIfService) private readonly service: WhatIfService) {}

  @Post()
  @ReadOnly()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replay a bandwidth trace: latencies, switches and fallbacks by policy',
    description:
      'Rows are chosen as the device does it: by the deadline and the price of bytes that its plan carries. The settings of the agent itself are not known here.',
  })
  @ApiBody({
    schema: {
      type: 'object',
      example: { device: 'pi-kitchen', trace: { uplink: 'LTE short', seconds: 600 } },
    },
  })
  @Answers(whatIf, WHAT_IF_EXAMPLE)
  replay(@Body({ schema: whatIfRequest }) request: WhatIfRequest): Promise<WhatIf> {
    return this.service.answer(request);
  }
}
