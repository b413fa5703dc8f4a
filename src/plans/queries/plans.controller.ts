/** REST endpoints of plans. */
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers, InScope, wholeNumber } from '../../platform/index.js';
import { deviceId } from '../../wire/index.js';
import { type PlanningInstance, planningInstance } from './instance-answers.js';
import {
  type CurrentPlan,
  currentPlan,
  type ExplainedPlan,
  explainedPlan,
  type PlansPage,
  planFields,
  plans,
} from './plan-answers.js';
import {
  CURRENT_PLAN_EXAMPLE,
  EXPLAINED_PLAN_EXAMPLE,
  PLAN_EXAMPLE,
  PLANNING_INSTANCE_EXAMPLE,
} from './plan-examples.js';
import { PlanQueries } from './plan-queries.service.js';

const page = z.strictObject({
  limit: wholeNumber(200).default(20),
  cursor: wholeNumber(2 ** 31 - 1).optional(),
  fields: planFields.query,
});

@ApiTags('plans')
@ApiParam({ name: 'id', description: 'The device', example: 'pi-kitchen' })
@Controller('api/v1/devices/:id')
@InScope('path')
export class PlansController {
  constructor(@Inject(PlanQueries) private readonly queries: PlanQueries) {}

  @Get('plan')
  @ApiOperation({
    summary: 'Get the current plan of a device',
    description:
      'With its report and an explanation. 404 PLAN_NONE says what is missing: a model, its examination or block times.',
  })
  @Answers(currentPlan, CURRENT_PLAN_EXAMPLE)
  plan(@Param('id', { schema: deviceId }) id: string): Promise<CurrentPlan> {
    return this.queries.current(id);
  }

  @Get('plan/explain')
  @ApiOperation({
    summary:
      'Explain the current plan: candidates with their present costs by stage, and the next breakpoints of the link',
    description:
      'Also what the plan is best at, the interval of the frames, how busy a frame keeps device, link and cloud, ' +
      'what plans keep within, and what a megabyte buys. `waiting` says until when a re-plan waits.',
  })
  @Answers(explainedPlan, EXPLAINED_PLAN_EXAMPLE)
  explain(@Param('id', { schema: deviceId }) id: string): Promise<ExplainedPlan> {
    return this.queries.explain(id);
  }

  @Get('plan/instance')
  @ApiOperation({
    summary: 'Get the planning problem of a device: its network as measured, and its link',
    description:
      'A document that `flotilla plan` reads. 404 PLAN_NONE says what is missing: a model, its examination or block times.',
  })
  @Answers(planningInstance, PLANNING_INSTANCE_EXAMPLE)
  instance(@Param('id', { schema: deviceId }) id: string): Promise<PlanningInstance> {
    return this.queries.instance(id);
  }

  @Get('plans')
  @ApiOperation({
    summary: 'List the plans of a device, newest first; `next` is the cursor of the following page',
    description:
      'FLOTILLA_DOCUMENTS_KEPT superseded plans are kept; older ones are removed every hour.',
  })
  @ApiQuery({ name: 'limit', required: false, example: 20, description: '1 to 200' })
  @ApiQuery({ name: 'cursor', required: false, description: '`next` of the previous page' })
  @Answers(plans, {
    plans: [{ version: PLAN_EXAMPLE.desired.version, ...PLAN_EXAMPLE }],
    next: null,
  })
  async plans(
    @Param('id', { schema: deviceId }) id: string,
    @Query({ schema: page }) { limit, cursor, fields }: z.infer<typeof page>,
  ): Promise<PlansPage> {
    const found = await this.queries.history(id, limit, cursor);
    return { ...found, plans: planFields.pick(found.plans, fields) };
  }
}
