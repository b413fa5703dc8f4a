/**
 * Outcomes of examinations that the database does not take at once, such as on a full disk.
 *
 * They are kept here and written again until the database takes them, so that a model whose examination has ended is not
 * shown as being examined. After a crash the next start rejects what is unfinished.
 */
import { type Clock, LimitedLog, type Log, type Timer } from '../../platform/index.js';
import type { Fault } from '../../wire/index.js';

const AGAIN_MS = 1_000;

/** Stores that a model was rejected; does nothing for one that was removed. */
export type StoreRefusal = (model: string, fault: Fault) => Promise<void>;

export class Outcomes {
  /** At most one for each model whose examination was under way. */
  private readonly waiting = new Map<string, Fault>();
  private readonly lines: LimitedLog;
  private timer: Timer | undefined;
  private writing: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(
    private readonly store: StoreRefusal,
    private readonly clock: Clock,
    log: Log,
  ) {
    this.lines = new LimitedLog(log, clock);
  }

  /** Stores a refusal; resolves also when it could only be kept. */
  async refuse(model: string, fault: Fault): Promise<void> {
    this.waiting.set(model, fault);
    await this.writeAll();
  }

  /** The refusal of a model that is not stored yet. */
  of(model: string): Fault | undefined {
    return this.waiting.get(model);
  }

  /** The model as it is: a stored row in state checking may have been rejected meanwhile. */
  shown<R extends { readonly id: string; readonly state: string; fault: unknown }>(row: R): R {
    const fault = row.state === 'checking' ? this.of(row.id) : undefined;
    if (fault === undefined) return row;
    return { ...row, state: 'refused', fault: { code: fault.code, message: fault.message } };
  }

  /** A model that was removed needs no outcome. */
  forget(model: string): void {
    this.waiting.delete(model);
  }

  /** Tries once more, and ends. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.timer?.cancel();
    await this.writeAll();
  }

  private writeAll(): Promise<void> {
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    for (const [model, fault] of [...this.waiting]) {
      try {
        await this.store(model, fault);
        if (this.waiting.get(model) === fault) this.waiting.delete(model);
      } catch (err) {
        const fields = { err, models: this.waiting.size };
        this.lines.error(fields, 'outcome of an examination not stored; retrying');
        this.schedule();
        return;
      }
    }
  }

  private schedule(): void {
    if (this.isClosed) return;
    this.timer?.cancel();
    this.timer = this.clock.after(AGAIN_MS, () => void this.writeAll());
  }
}
