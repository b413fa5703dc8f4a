/** Asks the planner, versions plans, hands them out. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { FleetModule } from '../fleet/index.js';
import { HistoryModule } from '../history/index.js';
import { ModelsModule } from '../models/index.js';
import { LoadReport } from '../platform/index.js';
import { DesiredDocuments } from './control/desired-documents.js';
import { PlansService } from './control/plans.service.js';
import { Calibration } from './control/prediction-feedback.js';
import { Replanner } from './control/replanner.js';
import { PlanningThread } from './decision/planning-thread.js';
import { PlansHandler } from './plans.handler.js';
import { PlanQueries } from './queries/plan-queries.service.js';
import { PlansController } from './queries/plans.controller.js';
import { ShadowController } from './shadow/shadow.controller.js';
import { ShadowService } from './shadow/shadow.service.js';
import { ShadowStore } from './shadow/shadow.store.js';
import { DeviceStates } from './state/device-states.js';
import { ModelShelf } from './state/model-shelf.js';
import { PlansStore } from './state/twins.store.js';
import { WhatIfController } from './what-if/what-if.controller.js';
import { WhatIfService } from './what-if/what-if.service.js';

@Module({
  imports: [BrokerModule, FleetModule, HistoryModule, ModelsModule],
  controllers: [PlansController, ShadowController, WhatIfController],
  providers: [
    Calibration,
    DesiredDocuments,
    DeviceStates,
    ModelShelf,
    PlanQueries,
    PlanningThread,
    PlansHandler,
    PlansService,
    PlansStore,
    Replanner,
    ShadowService,
    ShadowStore,
    WhatIfService,
  ],
  exports: [PlansService, ShadowService],
})
export class PlansModule implements OnModuleInit {
  constructor(
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(LoadReport) private readonly load: LoadReport,
  ) {}

  onModuleInit(): void {
    this.load.register('plans', () => ({
      ...this.plans.counts,
      ...this.plans.decisionMs,
    }));
  }
}
