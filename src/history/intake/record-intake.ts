/** Frame records in, receipts out. A receipt says that the frames are committed, new or not. */
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnModuleInit,
} from '@nestjs/common';
import { Broker } from '../../broker/index.js';
import {
  Clock,
  Config,
  EventBus,
  type Events,
  Health,
  Log,
  Metrics,
} from '../../platform/index.js';
import { type FrameRecord, frameKey, type Prediction } from '../../wire/index.js';
import { HistoryThread } from '../engine/history-thread.js';
import type { NamedHalf } from '../frames/cloud-half.js';
import { frameRow } from '../frames/frame-row.js';
import type { StoredFrameName } from '../frames/frames.store.js';
import type { RecordBatch } from './batch-queue.js';
import { CloudHalves } from './cloud-halves.js';
import { DeviceClocks, type JoinedRecord } from './device-clocks.js';
import { HistoryMetrics } from './history-metrics.js';
import { LateHalves } from './late-halves.js';
import { RecordJournal } from './record-journal.js';
import type { Traces } from './traces.js';

@Injectable()
export class RecordIntake implements OnModuleInit, BeforeApplicationShutdown {
  private readonly journal: RecordJournal;
  private readonly halves = new CloudHalves();
  private readonly lateHalves: LateHalves;
  private readonly clocks = new DeviceClocks();
  private readonly metrics: HistoryMetrics;
  private readonly log: Log;
  /** Digests of models, as far as metrics had to ask for them. */
  private models: ReadonlySet<string> = new Set();
  private traces: Traces | undefined;

  constructor(
    @Inject(HistoryThread) private readonly thread: HistoryThread,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(EventBus) private readonly events: EventBus,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Health) private readonly health: Health,
    @Inject(Metrics) metrics: Metrics,
    @Inject(Config) private readonly config: Config,
    @Inject(Log) log: Log,
  ) {
    const commit = (batches: readonly RecordBatch[]) => this.commit(batches);
    this.log = log.child({ part: 'history' });
    this.journal = new RecordJournal(commit, clock, this.log);
    this.lateHalves = new LateHalves((halves) => this.addHalves(halves), clock, this.log);
    this.metrics = new HistoryMetrics(metrics, this.journal);
  }

  async onModuleInit(): Promise<void> {
    const { tracesUrl } = this.config;
    if (tracesUrl !== undefined) {
      const { Traces } = await import('./traces.js');
      this.traces = new Traces(tracesUrl, this.clock, this.log);
    }
    this.health.register('history', () => {
      const { trouble } = this.journal;
      if (trouble !== undefined) throw new Error(trouble);
    });
  }

  /** The broker has ended its sessions by now, so nothing more comes in. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.journal.drain();
    await this.lateHalves.drain();
    await this.traces?.send();
    await this.thread.close();
  }

  /**
   * Takes the records of one message with the prediction of each frame; undefined: that of its plan, which the record holds.
   * Callers keep the order of a device's messages and call at once: the clock estimate uses the time of the call.
   */
  take(
    device: string,
    records: readonly FrameRecord[],
    predictions: readonly (Prediction | undefined)[],
  ): void {
    const receivedAt = this.clock.now();
    const joined = records.map(
      (record): JoinedRecord => [
        record,
        this.halves.take(device, record.frame, record.sentBytes > 0),
      ],
    );
    const arrival = this.clocks.place(device, receivedAt.getTime(), joined);
    this.journal.add({
      ...{ device, records, receivedAt },
      frames: records.map((record) => record.frame),
      rows: joined.map(([record, half], at) =>
        frameRow(device, withPrediction(record, predictions[at]), arrival, half),
      ),
    });
  }

  /** Joins the cloud's half of a frame to its record, or keeps it until the record comes. */
  joinHalf(event: Events['inference.frameEnded']): void {
    const late = this.halves.ended(event);
    if (late !== undefined) this.lateHalves.add(late);
  }

  forget(device: string): void {
    this.clocks.forget(device);
    this.halves.forget(device);
  }

  private async count(
    batches: readonly RecordBatch[],
    stored: readonly StoredFrameName[],
  ): Promise<void> {
    const isUnseen = batches.some(({ records }) =>
      records.some(({ model }) => !this.models.has(model)),
    );
    // The frames are committed: their receipts do not depend on a label.
    if (isUnseen) {
      this.models = await this.thread.call('modelDigests').catch(() => this.models);
    }
    const isNew = new Set(stored.map(({ deviceId, frame }) => frameKey(deviceId, frame)));
    for (const { device, records, receivedAt } of batches) {
      for (const record of records) {
        if (!isNew.has(frameKey(device, record.frame))) continue;
        this.metrics.stored(record, this.models.has(record.model));
        const startedMs = receivedAt.getTime() - record.ageMs;
        // A trace claims a time.
        if (record.isAgeKnown !== false) this.traces?.add({ device, record, startedMs });
      }
    }
  }

  private async addHalves(halves: readonly NamedHalf[]): Promise<readonly NamedHalf[]> {
    const found = await this.thread.call('addHalves', halves);
    const names = new Set(found.map(({ deviceId, frame }) => frameKey(deviceId, frame)));
    return halves.filter(({ device, frame }) => !names.has(frameKey(device, frame)));
  }

  private async commit(batches: readonly RecordBatch[]): Promise<void> {
    const rows = batches.flatMap((batch) => batch.rows);
    const startMs = this.clock.monotonicMs();
    const stored = await this.thread.call('insert', rows);
    this.metrics.committed((this.clock.monotonicMs() - startMs) / 1_000);
    await this.count(batches, stored);
    for (const { device, frames } of batches) {
      this.broker.send('receipt', device, { v: 1, frames: [...frames] });
    }
    for (const [device, frames] of byDevice(stored)) {
      this.events.emit('history.framesStored', { device, frames });
    }
  }
}

function withPrediction(record: FrameRecord, predicted: Prediction | undefined): FrameRecord {
  return predicted === undefined ? record : { ...record, predicted };
}

function byDevice(stored: readonly StoredFrameName[]): Map<string, string[]> {
  const frames = new Map<string, string[]>();
  for (const { deviceId, frame } of stored) {
    const own = frames.get(deviceId) ?? [];
    frames.set(deviceId, own);
    own.push(frame);
  }
  return frames;
}
