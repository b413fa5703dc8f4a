/** Which service answers: for operators, agents and clients that need to know what it can do. */
import { Controller, Get } from '@nestjs/common';
import { ApiBasicAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { API_VERSION, BUILD } from '../build.js';
import { Answers, type ResponseOf } from '../http/answers.js';
import { DeviceRoute } from '../http/decorators/device-route.js';
import { InScope } from '../http/decorators/in-scope.js';

const version = z
  .object({
    version: z.string().describe('Of the service, as its changelog names it'),
    apiVersion: z.string().describe('Of the REST interface'),
    commit: z
      .string()
      .nullable()
      .describe('The Git commit it was built from; null where that is unknown'),
  })
  .meta({ id: 'Version' });
const EXAMPLE = { version: '0.1.0', apiVersion: API_VERSION, commit: '9b1c0f3a5d'.repeat(4) };

@ApiTags('health')
@Controller('api/v1/version')
@InScope('nowhere')
@DeviceRoute('waiting')
export class VersionController {
  @Get()
  @ApiBasicAuth()
  @ApiOperation({
    summary: 'Get the version of the service and of its REST interface',
    description:
      'For every operator key and every device. A client without a credential learns no version.',
  })
  @Answers(version, EXAMPLE)
  get(): ResponseOf<typeof version> {
    return { ...BUILD, apiVersion: API_VERSION };
  }
}
