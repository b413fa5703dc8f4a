/** Sends the records of finished frames to the cloud in batches, and again until each has a receipt. */
import {
  encodeMessage,
  type FrameRecord,
  messages,
  type Receipt,
} from '../../../../src/wire/index.js';
import { monotonicMs, pause } from '../../clock.js';
import type { BootClocks, Clocks } from '../../clocks/boot-clocks.js';
import type { Ledger } from '../../disk/ledger.js';
import type { FinishedFrame } from '../../disk/ledger-entry.js';
import type { CloudSession } from './cloud-session.js';
import { ageOf, type IssuedModel, UNKNOWN_BOOT } from './record-age.js';

const BATCH = 100;
/** Frames that finish within this time travel together. */
const GATHER_MS = 50;
const REPEAT_MS = 10_000;
/** How long records of earlier starts of the machine wait for a clock that is not set: with a network, a time server answers by then. */
const CLOCK_WAIT_MS = 60_000;
/** Longest time until what is left is looked at again. */
const LOOK_MS = 60_000;

/** How long records may wait for others, and whether they are to wait altogether. */
export interface SendingRules {
  readonly gatherMs: () => number;
  readonly isHeld: () => boolean;
}

export class RecordSender {
  /** When each unreceipted record was last sent, in this session. */
  private readonly sentAtMs = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private dueAtMs = Number.POSITIVE_INFINITY;
  private isSending = false;
  private isClosed = false;
  /** When records that the clock cannot date are sent all the same. */
  private undatedAtMs = monotonicMs() + CLOCK_WAIT_MS;
  /** By when records that were never sent go. */
  private newUntilMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly ledger: Ledger,
    private readonly session: CloudSession,
    private readonly clocks: BootClocks,
    /** The model that frames run now. */
    private readonly issued: () => IssuedModel | undefined,
    private readonly rules: SendingRules = { gatherMs: () => GATHER_MS, isHeld: () => false },
  ) {
    session.on('ready', () => {
      this.sentAtMs.clear();
      this.sendAll();
    });
    session.on('receipt', (receipt) => this.take(receipt));
  }

  /** There is a new record: it waits for others, up to the time and the number of a batch. */
  wake(): void {
    const isFull = this.ledger.spooled - this.sentAtMs.size >= BATCH;
    const gatherMs = isFull ? GATHER_MS : Math.max(GATHER_MS, this.rules.gatherMs());
    this.newUntilMs = Math.min(this.newUntilMs, monotonicMs() + gatherMs);
    this.sendAfter(gatherMs);
  }

  /** Sends all records now. */
  private sendAll(): void {
    this.newUntilMs = Number.NEGATIVE_INFINITY;
    this.sendAfter(0);
  }

  private sendAfter(afterMs: number): void {
    const dueAtMs = monotonicMs() + afterMs;
    if (this.isClosed || dueAtMs >= this.dueAtMs) return;
    clearTimeout(this.timer);
    this.dueAtMs = dueAtMs;
    this.timer = setTimeout(() => {
      this.dueAtMs = Number.POSITIVE_INFINITY;
      void this.send();
    }, afterMs);
  }

  /** Sends nothing more; a batch on its way ends with its session. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  /** Resolves with true when every record has a receipt; with false after `withinMs`, or when the signal aborts. */
  async flushed(withinMs: number, signal?: AbortSignal): Promise<boolean> {
    const untilMs = monotonicMs() + withinMs;
    this.undatedAtMs = 0;
    this.sendAll();
    while (this.ledger.spooled > 0 && monotonicMs() < untilMs && signal?.aborted !== true) {
      await pause(20, signal);
    }
    return this.ledger.spooled === 0;
  }

  private take({ frames }: Receipt): void {
    this.ledger.receipted(frames);
    for (const frame of frames) this.sentAtMs.delete(frame);
  }

  private async send(): Promise<void> {
    if (this.isClosed || this.isSending || !this.session.isOnline || this.rules.isHeld()) return;
    this.forgetDropped();
    this.isSending = true;
    const areNewDue = monotonicMs() >= this.newUntilMs;
    if (areNewDue) this.newUntilMs = Number.POSITIVE_INFINITY;
    try {
      while (!this.isClosed) {
        const now = this.clocks.now();
        const batch = this.nextBatch(now, areNewDue);
        if (batch.length === 0) break;
        const records = fitting(batch.map((finished) => this.aged(finished, now)));
        for (const { frame } of records) this.sentAtMs.set(frame, now.monotonicMs);
        await this.session.publish('record', { v: 1, records });
      }
    } catch {
      // The session ended; the next one sends everything again.
    } finally {
      this.isSending = false;
    }
    if (this.ledger.spooled === 0) return;
    const newInMs = this.newUntilMs - monotonicMs();
    this.sendAfter(Math.max(0, Math.min(this.sentAtMs.size > 0 ? REPEAT_MS : LOOK_MS, newInMs)));
  }

  /** A cloud that receipts nothing must not cost memory for records that are gone. */
  private forgetDropped(): void {
    if (this.sentAtMs.size <= this.ledger.spooled) return;
    for (const frame of this.sentAtMs.keys()) {
      if (!this.ledger.isSpooled(frame)) this.sentAtMs.delete(frame);
    }
  }

  private nextBatch(
    { boot, monotonicMs: nowMs, state }: Clocks,
    areNewDue: boolean,
  ): FinishedFrame[] {
    const batch: FinishedFrame[] = [];
    const beforeMs = nowMs - REPEAT_MS;
    const isUndated = state === 'unset' && nowMs < this.undatedAtMs;
    for (const finished of this.ledger.unreceipted()) {
      if (isUndated && finished.boot !== boot) {
        this.newUntilMs = Math.min(this.newUntilMs, nowMs + REPEAT_MS);
        continue;
      }
      const sent = this.sentAtMs.get(finished.record.frame);
      if (sent === undefined ? areNewDue : sent <= beforeMs) batch.push(finished);
      if (batch.length === BATCH) break;
    }
    return batch;
  }

  private aged(finished: FinishedFrame, now: Clocks): FrameRecord {
    const { record, boot, clock } = finished;
    const epochMsOf = (one: string): number | undefined => this.clocks.epochMsOf(one);
    return {
      ...record,
      ...ageOf(finished, now, { issued: this.issued(), epochMsOf }),
      ...(boot !== UNKNOWN_BOOT && { boot }),
      ...(clock !== undefined && { clock }),
    };
  }
}

/** The first records that fit into one message; some are long because of their texts. */
function fitting(records: FrameRecord[]): FrameRecord[] {
  const { length } = encodeMessage('record', { v: 1, records });
  return length <= messages.record.maxBytes || records.length === 1
    ? records
    : fitting(records.slice(0, Math.ceil(records.length / 2)));
}
