/**
 * Collects records until they are committed, a group at a time, and only then receipts them.
 *
 * The broker acknowledges a message before anything is stored, so a device keeps a record until this receipt: a record is
 * committed or sent again. A full journal takes no more, and so bounds its memory while the database is away.
 */
import type { Log } from '../platform/index.js';
import type { FrameRow } from './frame-row.js';

const GROUP_MS = 20;
const RETRY_MS = 1_000;
/** About 30 ms of the event loop. */
const GROUP_ROWS = 500;
const JOURNAL_ROWS = 20_000;

/** The records of one message, as rows. */
export interface RecordBatch {
  readonly device: string;
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
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly commit: CommitBatches,
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

  /** Commits what is waiting, trying each group once. */
  async drain(): Promise<void> {
    await this.running;
    clearTimeout(this.timer);
    let isCommitted = true;
    while (isCommitted && this.waiting.length > 0) isCommitted = await this.commitGroup();
  }

  private schedule(delayMs: number): void {
    if (this.timer !== undefined || this.running !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.running = this.runGroup();
    }, delayMs);
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
      const { waitingRows, refusedBatches } = this;
      this.log.error({ err: error, waitingRows, refusedBatches }, 'records could not be stored');
      return false;
    }
    this.waiting = this.waiting.slice(group.length);
    for (const { rows } of group) this.waitingRows -= rows.length;
    return true;
  }

  /** The oldest batches that make one group; at least one. */
  private nextGroup(): readonly RecordBatch[] {
    let rows = 0;
    const end = this.waiting.findIndex((batch) => {
      rows += batch.rows.length;
      return rows > GROUP_ROWS;
    });
    // A copy: what comes in during the commit is not part of it.
    return this.waiting.slice(0, end === -1 ? this.waiting.length : Math.max(1, end));
  }
}
