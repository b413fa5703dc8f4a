/** MQTT and domain event handlers of planning. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { EventBus } from '../platform/index.js';
import { DeviceNews } from './control/device-news.js';
import { ModelAssignments } from './control/model-assignments.js';
import { PlansService } from './control/plans.service.js';
import { PredictionFeedback } from './control/prediction-feedback.js';

@Injectable()
export class PlansHandler implements OnModuleInit {
  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(ModelAssignments) private readonly assignments: ModelAssignments,
    @Inject(DeviceNews) private readonly news: DeviceNews,
    @Inject(PredictionFeedback) private readonly feedback: PredictionFeedback,
  ) {}

  onModuleInit(): void {
    const { events, plans, assignments, news, feedback } = this;
    events.on('device.connected', ({ device }) => assignments.welcome(device));
    events.on('fleet.modelAssigned', ({ device }) => assignments.assigned(device));
    events.on('fleet.deviceChanged', ({ device }) => news.settingsChanged(device));
    events.on('fleet.deviceDeleted', ({ device }) => plans.forget(device));
    events.on('models.ready', ({ model }) => assignments.modelReady(model));
    events.on('models.changed', ({ model }) => assignments.modelChanged(model));
    events.on('models.deleted', ({ model }) => assignments.modelDeleted(model));
    events.on('wire.birth', ({ device, payload }) => news.born(device, payload));
    events.on('wire.record', ({ device, payload }) => feedback.take(device, payload.records));
    events.on('history.framesStored', ({ device, frames }) => feedback.stored(device, frames));
    events.on('wire.profile', ({ device, payload }) => news.profiled(device, payload));
    events.on('wire.telemetry', async ({ device, payload }) => {
      const { link, jpegBytes } = payload;
      if (jpegBytes !== undefined) await news.filesMeasured(device, jpegBytes);
      await news.rateMeasured(device, payload);
      if (link !== null) await news.linkEstimated(device, link);
    });
    events.on('inference.frameEnded', (ended) => feedback.tailRan(ended));
    events.on('wire.reportedPlan', ({ device, payload }) => news.reported(device, 'plan', payload));
    events.on('wire.reportedModel', ({ device, payload }) =>
      news.reported(device, 'model', payload),
    );
  }
}
