/**
 * Outcomes of examinations and updates that the database does not take at once, such as on a full disk.
 *
 * They are kept here and written again until the database takes them, so that a model whose examination has ended is not
 * shown as being examined. After a crash the next start rejects what is unfinished.
 */
import { type Clock, LimitedLog, type Log, type Timer } from '../../platform/index.js';
import type { Fault } from '../../wire/index.js';
import type { Update } from '../examination/examined.js';

const AGAIN_MS = 1_000;

/** Stores an outcome of a model; does nothing for one that was removed. */
export type StoreOutcome<O> = (model: string, outcome: O) => Promise<void>;

class KeptOutcomes<O> {
  /** At most one for each model whose examination or update was under way. */
  private readonly waiting = new Map<string, O>();
  private readonly lines: LimitedLog;
  private timer: Timer | undefined;
  private writing: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(
    private readonly store: StoreOutcome<O>,
    private readonly clock: Clock,
    log: Log,
  ) {
    this.lines = new LimitedLog(log, clock);
  }

  /** Stores an outcome; resolves also when it could only be kept. */
  async keep(model: string, outcome: O): Promise<void> {
    this.waiting.set(model, outcome);
    await this.writeAll();
  }

  /** The outcome of a model that is not stored yet. */
  of(model: string): O | undefined {
    return this.waiting.get(model);
  }

  /** A model that was removed, or whose next update has begun, needs no outcome. */
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
    for (const [model, outcome] of [...this.waiting]) {
      try {
        await this.store(model, outcome);
        if (this.waiting.get(model) === outcome) this.waiting.delete(model);
      } catch (err) {
        const fields = { err, models: this.waiting.size };
        this.lines.error(fields, 'outcomes of models not stored; retrying');
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

/** Refusals of models. */
export class Outcomes extends KeptOutcomes<Fault> {
  /** Stores a refusal; resolves also when it could only be kept. */
  refuse(model: string, fault: Fault): Promise<void> {
    return this.keep(model, fault);
  }

  /** The model as it is: a stored row in state checking may have been rejected meanwhile. */
  shown<R extends { readonly id: string; readonly state: string; fault: unknown }>(row: R): R {
    const fault = row.state === 'checking' ? this.of(row.id) : undefined;
    if (fault === undefined) return row;
    return { ...row, state: 'refused', fault: { code: fault.code, message: fault.message } };
  }
}

/** Ends of updates that failed. */
export class UpdateOutcomes extends KeptOutcomes<Update> {
  /** The model as it is: an update that is stored as running may have ended meanwhile. */
  shown<R extends { readonly id: string; lastUpdate: unknown }>(row: R): R {
    const update = this.of(row.id);
    return update === undefined ? row : { ...row, lastUpdate: update };
  }
}
