/** Metrics for Prometheus; needs an operator key like every other route. */
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersMedia } from '../http/answers.js';
import { Metrics } from './metrics.js';

@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @AnswersMedia(['text/plain'])
  @ApiOperation({ summary: 'Get the metrics of this process in the text format of Prometheus' })
  text(): Promise<string> {
    return this.metrics.text();
  }
}
