/** MQTT and domain event handlers of the history. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { EventBus } from '../platform/index.js';
import { FramePredictor } from './intake/frame-predictor.js';
import { RecordIntake } from './intake/record-intake.js';

@Injectable()
export class HistoryHandler implements OnModuleInit {
  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(FramePredictor) private readonly predictor: FramePredictor,
    @Inject(RecordIntake) private readonly intake: RecordIntake,
  ) {}

  onModuleInit(): void {
    const { events, intake, predictor } = this;
    events.on('wire.record', ({ device, payload: { records } }) => {
      const predictions = records.map((record) => predictor.predicted(device, record));
      intake.take(device, records, predictions);
    });
    events.on('inference.frameEnded', (event) => intake.joinHalf(event));
    events.on('fleet.deviceDeleted', ({ device }) => intake.forget(device));
  }
}
