/** Stands for planning, which the history's records come through: every record keeps the prediction of its plan. */
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HistoryModule, RecordIntake } from '../../../src/history/index.js';
import { EventBus } from '../../../src/platform/index.js';

@Module({ imports: [HistoryModule] })
export class RecordedAsSent implements OnModuleInit {
  constructor(
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(RecordIntake) private readonly intake: RecordIntake,
  ) {}

  onModuleInit(): void {
    this.events.on('wire.record', ({ device, payload: { records } }) =>
      this.intake.take(device, records, []),
    );
  }
}
