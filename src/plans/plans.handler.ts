/** What happens in the fleet, on the wire and to models, as calls of the plans service. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { EventBus } from '../platform/index.js';
import { PlansService } from './control/plans.service.js';
import { Calibration } from './control/prediction-feedback.js';

@Injectable()
export class PlansHandler implements OnModuleInit {
  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(PlansService) private readonly plans: PlansService,
    @Inject(Calibration) private readonly calibration: Calibration,
  ) {}

  onModuleInit(): void {
    const { events, plans, calibration } = this;
    events.on('device.connected', ({ device }) => plans.welcome(device));
    events.on('fleet.modelAssigned', ({ device }) => plans.assignModel(device));
    events.on('fleet.deviceChanged', ({ device }) => plans.settingsChanged(device));
    events.on('fleet.deviceDeleted', ({ device }) => plans.forget(device));
    events.on('models.ready', ({ model }) => plans.modelReady(model));
    events.on('models.policyChanged', ({ model }) => plans.policyChanged(model));
    events.on('models.deleted', ({ model }) => plans.modelDeleted(model));
    events.on('wire.birth', ({ device, payload }) => plans.learnBirth(device, payload));
    events.on('wire.record', ({ device, payload }) => calibration.learn(device, payload.records));
    events.on('wire.profile', ({ device, payload }) => plans.learnProfile(device, payload));
    events.on('wire.telemetry', async ({ device, payload: { link, jpegBytes } }) => {
      if (jpegBytes !== undefined) await plans.learnJpegBytes(device, jpegBytes);
      if (link !== null) await plans.learnLink(device, link);
    });
    events.on('inference.frameEnded', ({ device, queueMs, work }) => {
      if (work === null) return;
      const { model, overheadMs: besideMs, ...times } = work;
      plans.learnTail(device, model, { ...times, besideMs, queueMs: queueMs ?? 0 });
    });
    events.on('wire.reportedPlan', ({ device, payload }) =>
      plans.learnReport(device, 'plan', payload),
    );
    events.on('wire.reportedModel', ({ device, payload }) =>
      plans.learnReport(device, 'model', payload),
    );
  }
}
