/**
 * Collects records until they are committed, a group at a time, and only then receipts them.
 *
 * The broker acknowledges a message before anything is stored, so a device keeps a record until this receipt: a record is
 * committed or sent again. The journal is bounded in total and per device, and its queue is fair by device.
 *
 * A group that the database rejects is halved until the rejected rows are alone. Their device is then served apart. Its
 * batches are committed alone, in turn with the groups of all others. No other device waits for them.
 */
import { halvesOf, RowsRefused } from '../../platform/database/index.js';
import { type Clock, LimitedLog, type Log, type Timer } from '../../platform/index.js';
import { Fault } from '../../wire/index.js';
import { BatchQueue, type RecordBatch } from './batch-queue.js';

const GROUP_MS = 20;
const RETRY_MS = 1_000;
const GROUP_ROWS = 500;
/** How long a device with a rejected row is served apart after the last one. */
const APART_MS = 60_000;
/** Frames that a line of the log names. */
const SHOWN_FRAMES = 5;

/** Commits batches together; resolves when they are safe. */
export type CommitBatches = (batches: readonly RecordBatch[]) => Promise<void>;

export class RecordJournal {
  /** Batches that were not accepted because the journal, or the share of their device, was full. */
  refusedBatches = 0;
  /** Records that the database rejected; they get no receipt. */
  rejectedRecords = 0;
  private readonly queue = new BatchQueue();
  /** Devices with a rejected row, and until when they are served apart, on the monotonic clock. */
  private readonly apart = new Map<string, number>();
  /** Parts of rejected groups; the next one first. */
  private parts: (readonly RecordBatch[])[] = [];
  private wasApart = false;
  private isDraining = false;
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  /** Why the database took nothing at the last attempt; undefined when it did. */
  private failure: string | undefined;
  /** Devices whose rows failed for an unknown reason since the last commit. */
  private readonly failedDevices = new Set<string>();
  private readonly lines: LimitedLog;

  constructor(
    private readonly commit: CommitBatches,
    private readonly clock: Clock,
    log: Log,
  ) {
    this.lines = new LimitedLog(log, clock);
  }

  /** Accepts a batch, or rejects it when there is no room; its device will send a rejected one again. */
  add(batch: RecordBatch): boolean {
    if (!this.queue.add(batch)) {
      this.refusedBatches += 1;
      return false;
    }
    this.schedule(GROUP_MS);
    return true;
  }

  /** Records that wait to be committed. */
  get waitingRecords(): number {
    return this.queue.rows;
  }

  /**
   * Why records wait, when none can be stored. Rows of one device that the database rejects are
   * no reason: others are stored, and the service is ready.
   */
  get trouble(): string | undefined {
    if (this.failure === undefined) return undefined;
    const { refusedBatches, queue } = this;
    return `${queue.rows} of ${queue.limits.rows} records wait to be stored, ${refusedBatches} messages were refused: ${this.failure}`;
  }

  /** Commits what is waiting, trying each group once: rejected batches are left to their devices. */
  async drain(): Promise<void> {
    await this.running;
    this.timer?.cancel();
    this.isDraining = true;
    let isReachable = true;
    while (isReachable && this.queue.rows > 0) isReachable = await this.commitGroup();
    this.isDraining = false;
  }

  private schedule(delayMs: number): void {
    if (this.timer !== undefined || this.running !== undefined) return;
    const run = () => {
      this.timer = undefined;
      this.running = this.runGroup();
    };
    this.timer = this.clock.after(delayMs, run, { keepsAlive: true });
  }

  private async runGroup(): Promise<void> {
    const isReachable = await this.commitGroup();
    this.running = undefined;
    if (this.queue.rows > 0) this.schedule(isReachable ? 0 : RETRY_MS);
  }

  /** False when the database took nothing, and is to be left alone for a while. */
  private async commitGroup(): Promise<boolean> {
    const group = this.nextGroup();
    try {
      await this.commit(group);
    } catch (error) {
      return this.failed(group, error);
    }
    this.failure = undefined;
    this.failedDevices.clear();
    this.queue.remove(group);
    return true;
  }

  private failed(group: readonly RecordBatch[], error: unknown): boolean {
    const because = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    // Every Fault is an outage here: the database is away, full or too slow, or the service is stopping.
    if (error instanceof Fault) {
      this.failure = because;
      const { refusedBatches, queue } = this;
      const fields = { err: error, waitingRows: queue.rows, refusedBatches };
      this.lines.error(fields, 'records could not be stored');
      this.queue.putBack([...group, ...this.parts.flat()]);
      this.parts = [];
      return false;
    }
    // It answered, so an outage is over.
    if (error instanceof RowsRefused) this.failure = undefined;
    const [batch] = group;
    if (group.length > 1) this.parts.unshift(...halvesOf(group));
    else if (batch !== undefined) this.blame(batch, because, error);
    return this.failure === undefined;
  }

  /** A part of one batch was rejected. Its device is served apart; a single row gets no receipt, so its device keeps it. */
  private blame(batch: RecordBatch, because: string, error: unknown): void {
    const { device } = batch;
    this.serveApart(device);
    if (batch.rows.length > 1 && !this.isDraining) {
      this.queue.putBackLast(device, halvesOfBatch(batch));
      return;
    }
    this.queue.remove([batch]);
    this.rejectedRecords += batch.rows.length;
    const frames = batch.frames.slice(0, SHOWN_FRAMES);
    const fields = { err: error, device, frames, rejectedRecords: this.rejectedRecords };
    this.lines.error(fields, 'rejected records were skipped');
    if (error instanceof RowsRefused) return;
    // One device can make its own rows fail. Where those of several fail and none is stored, the service is at fault.
    this.failedDevices.add(device);
    if (this.failedDevices.size > 1) this.failure = because;
  }

  /** From now on; its batches leave the parts of rejected groups, so that no other device waits for them. */
  private serveApart(device: string): void {
    this.apart.delete(device);
    this.apart.set(device, this.clock.monotonicMs() + APART_MS);
    const own = this.parts.flat().filter((batch) => batch.device === device);
    if (own.length === 0) return;
    this.queue.putBackLast(device, own);
    this.parts = this.parts
      .map((part) => part.filter((batch) => batch.device !== device))
      .filter(({ length }) => length > 0);
  }

  /** Groups of the devices served apart and of all others, in turn. */
  private nextGroup(): readonly RecordBatch[] {
    this.endApart();
    const isTheirTurn = !this.wasApart && this.apart.size > 0;
    const single = isTheirTurn ? this.queue.take(1, (device) => this.apart.has(device), 1) : [];
    this.wasApart = single.length > 0;
    if (this.wasApart) return single;
    const part = this.parts.shift();
    if (part !== undefined) return part;
    const group = this.queue.take(GROUP_ROWS, (device) => !this.apart.has(device));
    if (group.length > 0) return group;
    this.wasApart = true;
    return this.queue.take(1, () => true, 1);
  }

  /** The oldest come first. */
  private endApart(): void {
    const nowMs = this.clock.monotonicMs();
    for (const [device, untilMs] of this.apart) {
      if (untilMs > nowMs) return;
      this.apart.delete(device);
    }
  }
}

/** A batch in two; every part has its own receipt. */
function halvesOfBatch(batch: RecordBatch): readonly RecordBatch[] {
  const parts = [halvesOf(batch.records), halvesOf(batch.frames), halvesOf(batch.rows)] as const;
  const [records, frames, rows] = parts;
  return [0, 1].map((half) => ({
    ...batch,
    records: records[half] ?? [],
    frames: frames[half] ?? [],
    rows: rows[half] ?? [],
  }));
}
