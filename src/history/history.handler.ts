/** Domain event handlers of the history. Planning hears of records first and gives them to the intake. */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { EventBus } from '../platform/index.js';
import { RecordIntake } from './intake/record-intake.js';

@Injectable()
export class HistoryHandler implements OnModuleInit {
  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(RecordIntake) private readonly intake: RecordIntake,
  ) {}

  onModuleInit(): void {
    const { events, intake } = this;
    events.on('inference.frameEnded', (event) => intake.joinHalf(event));
    events.on('fleet.deviceDeleted', ({ device }) => intake.forget(device));
  }
}
