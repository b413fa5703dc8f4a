/** Asks the planner, versions plans, hands them out. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { FleetModule } from '../fleet/index.js';
import { HistoryModule } from '../history/index.js';
import { ModelsModule } from '../models/index.js';
import { Load } from '../platform/index.js';
import { Calibration } from './calibration.js';
import { DesiredDocuments } from './desired-documents.js';
import { DeviceStates } from './device-states.js';
import { ModelShelf } from './model-shelf.js';
import { PlanQueries } from './plan-queries.service.js';
import { PlanningThread } from './planning-thread.js';
import { PlansController } from './plans.controller.js';
import { PlansHandler } from './plans.handler.js';
import { PlansService } from './plans.service.js';
import { PlansStore } from './plans.store.js';
import { Replanner } from './replanner.js';
import { ShadowController } from './shadow.controller.js';
import { ShadowService } from './shadow.service.js';
import { ShadowStore } from './shadow.store.js';
import { WhatIfController } from './what-if.controller.js';
import { WhatIfService } from './what-if.service.js';

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
    @Inject(Load) private readonly load: Load,
  ) {}

  onModuleInit(): void {
    this.load.register('plans', () => ({
      ...this.plans.counts,
      ...this.plans.decisionMs,
    }));
  }
}
