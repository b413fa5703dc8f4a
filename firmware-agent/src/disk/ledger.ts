/**
 * The frames of this device on disk: begun, finished, receipted. One append-only file, so that a frame leaves “begun”
 * and enters the spool in the same write: after kill −9 none is lost and none counts twice. Power loss may cost the
 * last second (fdatasync); such frames run again under their old ids, and history takes each id once.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { replaceFile } from './atomic-file.js';
import {
  decodeEntries,
  encodeEntry,
  type FinishedFrame,
  type LedgerEntry,
  type OpenFrame,
  type Run,
} from './ledger-entry.js';

/** Above this size the file is rewritten when most of it is history. */
const COMPACT_BYTES = 1 << 20;
const SYNC_MS = 1000;

export class Ledger {
  private readonly open = new Map<string, OpenFrame>();
  private readonly finished = new Map<string, FinishedFrame>();
  private run: Run | null = null;
  private file: number;
  private fileBytes: number;
  private liveBytes = 0;
  private syncTimer: NodeJS.Timeout | undefined;
  /** Records that were dropped because the spool was full. */
  dropped = 0;
  /** Bytes at the file's end that were no whole lines when it was opened. */
  readonly tornBytes: number;

  constructor(
    private readonly path: string,
    private readonly spoolLimit: number,
  ) {
    const bytes = existsSync(path) ? readFileSync(path) : new Uint8Array();
    const { entries, goodBytes } = decodeEntries(bytes);
    for (const entry of entries) this.apply(entry);
    this.file = openSync(path, 'a', 0o600);
    if (goodBytes < bytes.length) ftruncateSync(this.file, goodBytes);
    this.fileBytes = goodBytes;
    this.tornBytes = bytes.length - goodBytes;
    this.compact();
  }

  /** Frames begun and never finished, oldest first. */
  openFrames(): OpenFrame[] {
    return [...this.open.values()];
  }

  /** Finished frames the cloud has not receipted, oldest first. */
  unreceipted(): Iterable<FinishedFrame> {
    return this.finished.values();
  }

  get spooled(): number {
    return this.finished.size;
  }

  currentRun(): Run | null {
    return this.run;
  }

  begin(begun: OpenFrame): void {
    this.append({ kind: 'begun', begun });
  }

  finish(finished: FinishedFrame): void {
    this.append({ kind: 'finished', finished });
    const [oldest] = this.finished.keys();
    if (this.finished.size > this.spoolLimit && oldest !== undefined) {
      this.dropped += 1;
      this.append({ kind: 'receipted', frames: [oldest] });
    }
  }

  receipted(frames: string[]): void {
    const known = frames.filter((frame) => this.finished.has(frame));
    if (known.length > 0) this.append({ kind: 'receipted', frames: known });
  }

  setRun(run: Run | null): void {
    this.append({ kind: 'run', run });
  }

  close(): void {
    if (this.syncTimer !== undefined) {
      clearTimeout(this.syncTimer);
      fdatasyncSync(this.file);
    }
    closeSync(this.file);
  }

  private append(entry: LedgerEntry): void {
    this.write(encodeEntry(entry));
    this.apply(entry);
    this.compact();
    this.syncTimer ??= setTimeout(() => {
      this.syncTimer = undefined;
      fdatasync(this.file, () => undefined);
    }, SYNC_MS).unref();
  }

  /** All of it or nothing: behind half a line (a full disk) later ones would not be found again. */
  private write(line: string): void {
    try {
      const bytes = Buffer.from(line);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at);
      this.fileBytes += bytes.length;
    } catch (error) {
      ftruncateSync(this.file, this.fileBytes);
      throw error;
    }
  }

  private apply(entry: LedgerEntry): void {
    switch (entry.kind) {
      case 'begun':
        this.open.set(entry.begun.frame, entry.begun);
        this.advance(entry.begun.position);
        return;
      case 'finished':
        this.open.delete(entry.finished.record.frame);
        this.finished.set(entry.finished.record.frame, entry.finished);
        return;
      case 'receipted':
        for (const frame of entry.frames) this.finished.delete(frame);
        return;
      case 'run':
        this.run = entry.run;
    }
  }

  private advance(position: number | undefined): void {
    if (position === undefined || this.run === null) return;
    this.run = { ...this.run, next: Math.max(this.run.next, position + 1) };
  }

  /** Rewrites the file with what is still true, when that is less than half of it. */
  private compact(): void {
    if (this.fileBytes < COMPACT_BYTES || this.fileBytes < 2 * this.liveBytes) return;
    const entries: LedgerEntry[] = [
      { kind: 'run', run: this.run },
      ...[...this.open.values()].map((begun) => ({ kind: 'begun' as const, begun })),
      ...[...this.finished.values()].map((finished) => ({ kind: 'finished' as const, finished })),
    ];
    const text = entries.map(encodeEntry).join('');
    try {
      replaceFile(this.path, text);
    } catch {
      // No room beside it: the old file goes on, and this is tried again when it has doubled.
      this.liveBytes = this.fileBytes;
      return;
    }
    closeSync(this.file);
    this.file = openSync(this.path, 'a', 0o600);
    this.fileBytes = Buffer.byteLength(text);
    this.liveBytes = this.fileBytes;
  }
}
