/**
 * Batches of records that wait to be committed: first in, first out per device, and devices in turn.
 *
 * A device waits for one batch of every other device at most. The queue is bounded in rows and text, in
 * total and per device, so that one device leaves room for the others.
 */
import type { FrameRecord } from '../../wire/index.js';
import type { FrameRow } from '../frames/frame-row.js';

/** The records of one message, as they came and as rows. */
export interface RecordBatch {
  readonly device: string;
  readonly records: readonly FrameRecord[];
  readonly receivedAt: Date;
  readonly frames: readonly string[];
  readonly rows: readonly FrameRow[];
}

/** What waits: rows, and characters of their texts, the only parts of a row without a fixed size. */
interface Use {
  readonly rows: number;
  readonly characters: number;
}

const NOTHING: Use = { rows: 0, characters: 0 };
const TOTAL: Use = { rows: 20_000, characters: 32 * 2 ** 20 };
const OF_DEVICE: Use = { rows: 5_000, characters: 8 * 2 ** 20 };

export class BatchQueue {
  readonly limits = TOTAL;
  private readonly waiting = new Map<string, RecordBatch[]>();
  private total = NOTHING;
  private readonly ofDevice = new Map<string, Use>();

  /** Rows that wait or have been taken, until they are removed. */
  get rows(): number {
    return this.total.rows;
  }

  /** Appends a batch; false when there is no room for it. One batch of a device always has room in its share. */
  add(batch: RecordBatch): boolean {
    const { device } = batch;
    const more = useOf(batch);
    const total = sum(this.total, more);
    const held = this.ofDevice.get(device) ?? NOTHING;
    const own = sum(held, more);
    const isAboveShare = held.rows > 0 && !isWithin(own, OF_DEVICE);
    if (!isWithin(total, TOTAL) || isAboveShare) return false;
    this.total = total;
    this.ofDevice.set(device, own);
    this.append(batch);
    return true;
  }

  /**
   * Takes batches of the devices that are meant, one of each in turn: at least one, then as many as have no more
   * rows, and no more batches, than the limits together. They count until they are removed.
   */
  take(
    maxRows: number,
    isMeant: (device: string) => boolean,
    maxBatches = Number.POSITIVE_INFINITY,
  ): readonly RecordBatch[] {
    const taken: RecordBatch[] = [];
    let rows = 0;
    for (let before = -1; before < taken.length; ) {
      before = taken.length;
      // A copy: a device that was served goes to the end.
      for (const [device, [next]] of [...this.waiting]) {
        if (next === undefined || !isMeant(device)) continue;
        const isFull = taken.length >= maxBatches || rows + next.rows.length > maxRows;
        if (isFull && taken.length > 0) return taken;
        taken.push(next);
        rows += next.rows.length;
        this.endTurn(device, this.waiting.get(device)?.slice(1) ?? []);
      }
    }
    return taken;
  }

  /** Returns taken batches to the front of the queue, in their order. */
  putBack(batches: readonly RecordBatch[]): void {
    const later = [...this.waiting.values()].flat();
    this.waiting.clear();
    for (const batch of [...batches, ...later]) this.append(batch);
  }

  /** Returns the parts of a taken batch to the front of those of its device, and ends the turn of the device. */
  putBackLast(device: string, parts: readonly RecordBatch[]): void {
    this.endTurn(device, [...parts, ...(this.waiting.get(device) ?? [])]);
  }

  /** Gives back the room of batches that were taken. */
  remove(batches: readonly RecordBatch[]): void {
    for (const batch of batches) {
      const { device } = batch;
      const less = useOf(batch);
      this.total = sum(this.total, less, -1);
      const own = sum(this.ofDevice.get(device) ?? less, less, -1);
      if (own.rows > 0) this.ofDevice.set(device, own);
      else this.ofDevice.delete(device);
    }
  }

  private append(batch: RecordBatch): void {
    const batches = this.waiting.get(batch.device) ?? [];
    this.waiting.set(batch.device, batches);
    batches.push(batch);
  }

  private endTurn(device: string, left: RecordBatch[]): void {
    this.waiting.delete(device);
    if (left.length > 0) this.waiting.set(device, left);
  }
}

function useOf({ records, rows }: RecordBatch): Use {
  const characters = records.reduce((total, { answer, fault, source }) => {
    const texts = [answer?.label, fault?.message, source];
    return texts.reduce((length, text) => length + (text?.length ?? 0), total);
  }, 0);
  return { rows: rows.length, characters };
}

function sum(a: Use, b: Use, sign = 1): Use {
  return { rows: a.rows + sign * b.rows, characters: a.characters + sign * b.characters };
}

function isWithin(use: Use, limit: Use): boolean {
  return use.rows <= limit.rows && use.characters <= limit.characters;
}
