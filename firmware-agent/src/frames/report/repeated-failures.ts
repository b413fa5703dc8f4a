/**
 * Failures of inputs, such as those of a folder that is gone, which come as quickly as frames are tried: the first of a time has a record
 * of its own, those that follow share one that counts them, and the source pauses longer and longer.
 */
import type { FinishedFrame } from '../../disk/ledger-entry.js';

/** How long failures are gathered in one record: twice as long each time, until none came for as long. */
const FIRST_MS = 10_000;
const LONGEST_MS = 3_600_000;
/** Failures in a row before the source pauses. */
const WITHOUT_PAUSE = 3;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const MESSAGE_CHARACTERS = 400;

export interface FailureSink {
  /** Records a frame. */
  readonly write: (finished: FinishedFrame) => void;
  /** Ends a frame that another one counts. */
  readonly forget: (frame: string) => void;
  /** On the monotonic clock. */
  readonly nowMs: () => number;
}

interface Gathered {
  readonly count: number;
  readonly sinceAt: string;
  readonly last: FinishedFrame;
}

export class RepeatedFailures {
  private inARow = 0;
  private gathered: Gathered | undefined;
  private spanMs = FIRST_MS;
  private endsAtMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly sink: FailureSink) {}

  /** How long the source should wait before it tries the next frame. */
  get pauseMs(): number {
    const beyond = this.inARow - WITHOUT_PAUSE;
    return beyond <= 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (beyond - 1));
  }

  /** A frame whose input failed. */
  take(failed: FinishedFrame): void {
    this.inARow = Math.min(this.inARow + 1, 100);
    const nowMs = this.sink.nowMs();
    if (this.isClosed || (this.gathered === undefined && nowMs >= this.endsAtMs)) {
      this.sink.write(failed);
      const wasQuiet = nowMs - this.endsAtMs > this.spanMs;
      this.gather(nowMs, wasQuiet ? FIRST_MS : Math.min(LONGEST_MS, 2 * this.spanMs));
      return;
    }
    const { gathered } = this;
    if (gathered !== undefined) this.sink.forget(gathered.last.record.frame);
    const { count, sinceAt } = gathered ?? { count: 0, sinceAt: failed.record.at };
    this.gathered = { count: count + 1, sinceAt, last: failed };
  }

  /** A frame whose input was well. */
  noteWell(): void {
    this.inARow = 0;
  }

  /** Records what was gathered; later failures are recorded one by one. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.record();
  }

  private gather(nowMs: number, spanMs: number): void {
    clearTimeout(this.timer);
    this.spanMs = spanMs;
    this.endsAtMs = nowMs + spanMs;
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      if (this.gathered === undefined) return;
      this.record();
      this.gather(this.sink.nowMs(), Math.min(LONGEST_MS, 2 * this.spanMs));
    }, spanMs).unref();
  }

  private record(): void {
    const { gathered } = this;
    this.gathered = undefined;
    if (gathered !== undefined) this.sink.write(counted(gathered));
  }
}

function counted({ count, sinceAt, last }: Gathered): FinishedFrame {
  const { fault } = last.record;
  if (count === 1 || fault === undefined) return last;
  const text = `${fault.message.slice(0, MESSAGE_CHARACTERS)} (the last of ${count} frames that failed since ${sinceAt})`;
  return { ...last, record: { ...last.record, fault: { ...fault, message: text } } };
}
