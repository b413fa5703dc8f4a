/** Planning: asks the planner, versions plans, hands them out. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { BrokerModule } from '../broker/index.js';
import { FleetModule, ModelAssignmentPort } from '../fleet/index.js';
import { HistoryModule } from '../history/index.js';
import { ModelsModule } from '../models/index.js';
import { LoadReport } from '../platform/index.js';
import { CapWatch } from './control/cap-watch.js';
import { DesiredDocuments } from './control/desired-documents.js';
import { DeviceNews } from './control/device-news.js';
import { ModelAssignments } from './control/model-assignments.js';
import { PlanningCounts } from './control/planning-counts.js';
import { PlansService } from './control/plans.service.js';
import { PredictionFeedback } from './control/prediction-feedback.js';
import { Replanner } from './control/replanner.js';
import { SiteWatch } from './control/site-watch.js';
import { Situations } from './control/situations.js';
import { PlanningThread } from './decision/planning-thread.js';
import { PlansHandler } from './plans.handler.js';
import { BytesWorthService } from './queries/bytes-worth.service.js';
import { PlanQueries } from './queries/plan-queries.service.js';
import { PlansController } from './queries/plans.controller.js';
import { SupersededStore } from './retention/superseded.store.js';
import { SupersededDocuments } from './retention/superseded-documents.js';
import { ShadowController } from './shadow/shadow.controller.js';
import { ShadowService } from './shadow/shadow.service.js';
import { ShadowStore } from './shadow/shadow.store.js';
import { DeviceStates } from './state/device-states.js';
import { ModelShelf } from './state/model-shelf.js';
import { TwinsStore } from './state/twins.store.js';
import { WhatIfController } from './what-if/what-if.controller.js';
import { WhatIfService } from './what-if/what-if.service.js';

@Module({
  imports: [BrokerModule, FleetModule, HistoryModule, ModelsModule],
  controllers: [PlansController, ShadowController, WhatIfController],
  providers: [
    BytesWorthService,
    CapWatch,
    DesiredDocuments,
    DeviceNews,
    DeviceStates,
    ModelAssignments,
    ModelShelf,
    PlanQueries,
    PlanningCounts,
    PlanningThread,
    PlansHandler,
    PlansService,
    TwinsStore,
    PredictionFeedback,
    Replanner,
    ShadowService,
    ShadowStore,
    SiteWatch,
    Situations,
    SupersededDocuments,
    SupersededStore,
    WhatIfService,
  ],
  exports: [PlansService, ShadowService],
})
export class PlansModule implements OnModuleInit {
  constructor(
    @Inject(PlanningCounts) private readonly counts: PlanningCounts,
    @Inject(ModelAssignments) private readonly assignments: ModelAssignments,
    @Inject(ModelAssignmentPort) private readonly port: ModelAssignmentPort,
    @Inject(LoadReport) private readonly load: LoadReport,
  ) {}

  onModuleInit(): void {
    this.port.use((device, write, desiredVersion) =>
      this.assignments.assign(device, write, desiredVersion),
    );
    this.load.register('plans', () => ({
      ...this.counts.figures,
      ...this.counts.decisionMs,
    }));
  }
}
