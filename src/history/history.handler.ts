/** Records of devices in, receipts out: a receipt says that the frames are committed, new or not. */
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { Broker } from '../broker/index.js';
import { Clock, EventBus, type Events, Log } from '../platform/index.js';
import { FramePredictor } from './frame-predictor.js';
import { frameRow } from './frame-row.js';
import { FramesStore } from './frames.store.js';
import { type RecordBatch, RecordJournal } from './record-journal.js';

@Injectable()
export class HistoryHandler implements OnModuleInit, BeforeApplicationShutdown {
  private readonly journal: RecordJournal;

  constructor(
    @Inject(FramesStore) private readonly store: FramesStore,
    @Inject(FramePredictor) private readonly predictor: FramePredictor,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Log) log: Log,
  ) {
    const commit = (batches: readonly RecordBatch[]) => this.commit(batches);
    this.journal = new RecordJournal(commit, log.child({ part: 'history' }));
  }

  onModuleInit(): void {
    this.events.on('wire.record', (event) => this.take(event));
  }

  /** The broker has ended its sessions by now, so nothing more comes in. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.journal.drain();
  }

  private take({ device, payload }: Events['wire.record']): void {
    const receivedAt = this.clock.now();
    this.journal.add({
      device,
      frames: payload.records.map((record) => record.frame),
      rows: payload.records.map((record) =>
        frameRow(device, this.predictor.predicted(device, record), receivedAt),
      ),
    });
  }

  private async commit(batches: readonly RecordBatch[]): Promise<void> {
    const stored = await this.store.insert(batches.flatMap(({ rows }) => rows));
    for (const { device, frames } of batches) {
      this.broker.send('receipt', device, { v: 1, frames: [...frames] });
    }
    for (const device of new Set(stored.map(({ deviceId }) => deviceId))) {
      const own = stored.filter(({ deviceId }) => deviceId === device);
      this.events.emit('history.framesStored', { device, frames: own.map(({ frame }) => frame) });
    }
  }
}
