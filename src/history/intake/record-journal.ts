/**
 * Collects records until they are committed, a group at a time, and only then receipts them.
 *
 * The broker acknowledges a message before anything is stored, so a device keeps a record until this receipt: a record is
 * committed or sent again. A full journal takes no more, and so bounds its memory while the database is away.
 */
import { RowsRefused } from '../../platform/database/index.js';
import type { Clock, Log, Timer } from '../../platform/index.js';
import type { FrameRecord } from '../../wire/index.js';
import type { FrameRow } from '../frames/frame-row.js';

const GROUP_MS = 20;
const RETRY_MS = 1_000;
const GROUP_ROWS = 500;
const JOURNAL_ROWS = 20_000;

/** The records of one message, as they came and as rows. */
export interface RecordBatch {
  readonly device: string;
  readonly records: readonly FrameRecord[];
  readonly receivedAt: Date;
  readonly frames: readonly string[];
  readonly rows: readonly FrameRow[];
}

/** Commits batches together; resolves when they are safe. */
export type CommitBatches = (batches: readonly RecordBatch[]) => Promise<void>;

export class RecordJournal {
  /** Batches that were refused because the journal was full. */
  refusedBatches = 0;
  private waiting: RecordBatch[] = [];
  private waitingRows = 0;
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  /** Why the last attempt failed; undefined when it did not. */
  private failure: string | undefined;
  /** After rows were refused groups are single batches, until the one that cannot be stored is found. */
  private isSingling = false;

  constructor(
    private readonly commit: CommitBatches,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Takes a batch, or refuses it when there is no room; a refused one will be sent again. */
  add(batch: RecordBatch): boolean {
    if (this.waitingRows + batch.rows.length > JOURNAL_ROWS) {
      this.refusedBatches += 1;
      return false;
    }
    this.waiting.push(batch);
    this.waitingRows += batch.rows.length;
    this.schedule(GROUP_MS);
    return true;
  }

  /** Records that wait to be committed. */
  get waitingRecords(): number {
    return this.waitingRows;
  }

  /** What an operator should know: that records wait because they could not be stored. */
  get trouble(): string | undefined {
    if (this.failure === undefined) return undefined;
    const { waitingRows, refusedBatches } = this;
    return `${waitingRows} of ${JOURNAL_ROWS} records wait to be stored, ${refusedBatches} messages were refused: ${this.failure}`;
  }

  /** Commits what is waiting, trying each group once. */
  async drain(): Promise<void> {
    await this.running;
    this.timer?.cancel();
    let isCommitted = true;
    while (isCommitted && this.waiting.length > 0) isCommitted = await this.commitGroup();
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
    const isCommitted = await this.commitGroup();
    this.running = undefined;
    if (this.waiting.length > 0) this.schedule(isCommitted ? 0 : RETRY_MS);
  }

  private async commitGroup(): Promise<boolean> {
    const group = this.nextGroup();
    try {
      await this.commit(group);
    } catch (error) {
      return this.failed(group, error);
    }
    this.failure = undefined;
    this.isSingling = this.isSingling && this.waiting.length > group.length;
    this.remove(group);
    return true;
  }

  /** True when the next group may be tried at once. */
  private failed(group: readonly RecordBatch[], error: unknown): boolean {
    this.failure = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    const { waitingRows, refusedBatches } = this;
    this.log.error({ err: error, waitingRows, refusedBatches }, 'records could not be stored');
    if (!(error instanceof RowsRefused)) return false;
    if (group.length > 1) {
      this.isSingling = true;
      return true;
    }
    // A batch the database does not take would hold up all others for ever; it gets no receipt, so its device keeps it.
    const [batch] = group;
    this.log.error(
      { device: batch?.device, frames: batch?.frames },
      'rejected records were skipped',
    );
    this.remove(group);
    return true;
  }

  private remove(group: readonly RecordBatch[]): void {
    this.waiting = this.waiting.slice(group.length);
    for (const { rows } of group) this.waitingRows -= rows.length;
  }

  /** The oldest batches that make one group; at least one. */
  private nextGroup(): readonly RecordBatch[] {
    if (this.isSingling) return this.waiting.slice(0, 1);
    let rows = 0;
    const end = this.waiting.findIndex((batch) => {
      rows += batch.rows.length;
      return rows > GROUP_ROWS;
    });
    // A copy: what comes in during the commit is not part of it.
    return this.waiting.slice(0, end === -1 ? this.waiting.length : Math.max(1, end));
  }
}
