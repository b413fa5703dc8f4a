/**
 * The frames of this device on disk: begun, finished, receipted. One append-only file, so that a frame leaves “begun”
 * and enters the spool in the same write: after kill −9 none is lost and none counts twice. Power loss may cost the
 * last second (fdatasync); such frames run again under their old ids, and history takes each id once. While the disk takes
 * nothing, entries stay in memory: frames go on, and the file gets the missing entries when it can.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../../src/wire/index.js';
import type { Log } from '../log.js';
import { replaceFile } from './atomic-file.js';
import { Damage } from './damage.js';
import { DiskTrouble } from './disk-trouble.js';
import {
  attemptsOf,
  decodeEntries,
  encodeEntry,
  type FinishedFrame,
  type LedgerEntry,
  type OpenFrame,
  type Run,
} from './ledger-entry.js';
import { LedgerState } from './ledger-state.js';

/** Above this size the file is rewritten when most of it is history. */
const COMPACT_BYTES = 1 << 20;
const SYNC_MS = 1000;

export class Ledger {
  private readonly state = new LedgerState();
  /** State in the file, while it is behind the state in memory. */
  private behind: LedgerState | undefined;
  private readonly trouble: DiskTrouble;
  /** Undefined while it cannot be opened, as on a read-only disk. */
  private file: number | undefined;
  private fileBytes: number;
  private liveBytes = 0;
  private syncTimer: NodeJS.Timeout | undefined;
  private isSpoolFull = false;
  private isClosed = false;
  /** Records that were dropped because the spool was full. */
  dropped = 0;

  constructor(
    private readonly path: string,
    private readonly spoolLimit: number,
    private readonly log: Log,
    damage = new Damage(log),
  ) {
    const bytes = existsSync(path) ? readFileSync(path) : new Uint8Array();
    const { entries, goodBytes, damagedLines } = decodeEntries(bytes);
    for (const entry of entries) this.state.apply(entry);
    this.fileBytes = goodBytes;
    const meanwhile = 'frames go on, their records wait in memory and would not survive a restart';
    this.trouble = new DiskTrouble({ what: 'the ledger', meanwhile }, () => this.catchUp(), log);
    this.openFile();
    const tornBytes = bytes.length - goodBytes;
    if (tornBytes > 0) {
      if (this.file !== undefined) ftruncateSync(this.file, goodBytes);
      log.warn(`the ledger's last ${tornBytes} bytes were torn and are dropped`);
    }
    if (damagedLines > 0) {
      damage.note(`damaged lines in the ledger: ${damagedLines}`, 'skipped');
      this.rewrite();
    }
    this.compact();
  }

  /** Frames begun and never finished, oldest first. */
  openFrames(): OpenFrame[] {
    return [...this.state.open.values()];
  }

  /** Finished frames the cloud has not receipted, oldest first. */
  unreceipted(): Iterable<FinishedFrame> {
    return this.state.finished.values();
  }

  /** True for a finished frame that the cloud has not receipted. */
  isSpooled(frame: string): boolean {
    return this.state.finished.has(frame);
  }

  get spooled(): number {
    return this.state.finished.size;
  }

  /** Why the file is behind; undefined while it is not. */
  get diskFault(): string | undefined {
    return this.trouble.because;
  }

  currentRun(): Run | null {
    return this.state.run;
  }

  /** Notes that a frame begins, and which attempt it is: the lines of a frame that was not finished count. */
  begin(begun: OpenFrame): void {
    const before = this.state.open.get(begun.frame);
    const attempt = before === undefined ? undefined : attemptsOf(before) + 1;
    this.append({ kind: 'begun', begun: { ...begun, ...(attempt !== undefined && { attempt }) } });
  }

  /** Resolves when all that was written is on the disk itself, which a loss of power does not undo; also where that fails. */
  onDisk(): Promise<void> {
    const { file } = this;
    if (file === undefined) return Promise.resolve();
    return new Promise((resolve) => fdatasync(file, () => resolve()));
  }

  finish(finished: FinishedFrame): void {
    this.append({ kind: 'finished', finished });
    for (const oldest of this.state.finished.keys()) {
      if (this.spooled <= this.spoolLimit) return;
      this.drop(oldest);
    }
  }

  receipted(frames: string[]): void {
    const known = frames.filter((frame) => this.isSpooled(frame));
    if (known.length > 0) this.append({ kind: 'receipted', frames: known });
    if (this.isSpoolFull && this.spooled <= this.spoolLimit / 2) {
      this.isSpoolFull = false;
      this.log.info(`the cloud accepts records again; ${this.dropped} dropped since the start`);
    }
  }

  /** Ends frames that get no record of their own. */
  forget(frames: string[]): void {
    const open = frames.filter((frame) => this.state.open.has(frame));
    if (open.length > 0) this.append({ kind: 'receipted', frames: open });
  }

  setRun(run: Run | null): void {
    this.append({ kind: 'run', run });
  }

  /** Nothing is written after it: the number of its file may be that of another one by then. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.syncTimer);
    const isWritten = this.trouble.close();
    if (!isWritten) this.log.error(`${this.spooled} records may be lost: ${this.trouble.because}`);
    if (this.file === undefined) return;
    if (isWritten) fdatasyncSync(this.file);
    closeSync(this.file);
  }

  /** Without its file it goes on in memory, and tries again as for every trouble of the disk. */
  private openFile(): void {
    try {
      this.file = openSync(this.path, 'a', 0o600);
    } catch (error) {
      this.behind = new LedgerState(this.state);
      this.trouble.begin(error);
    }
  }

  private drop(frame: string): void {
    if (!this.isSpoolFull) {
      this.isSpoolFull = true;
      this.log.warn(
        `the cloud has not accepted ${this.spoolLimit} records; dropping the oldest (--spool-limit)`,
      );
    }
    this.dropped += 1;
    this.append({ kind: 'receipted', frames: [frame] });
  }

  /** Throws SHUTTING_DOWN once it is closed: the next start runs a frame that ends later again. */
  private append(entry: LedgerEntry): void {
    if (this.isClosed) throw new Fault('SHUTTING_DOWN', 'the ledger is closed');
    if (this.behind === undefined) {
      try {
        this.write(this.openedFile(), entry);
      } catch (error) {
        this.behind = new LedgerState(this.state);
        this.trouble.begin(error);
      }
    }
    this.state.apply(entry);
    if (this.behind !== undefined) return;
    this.compact();
    this.syncTimer ??= setTimeout(() => {
      this.syncTimer = undefined;
      if (this.file !== undefined) fdatasync(this.file, () => undefined);
    }, SYNC_MS).unref();
  }

  /** All of it or nothing: behind half a line (a full disk) later ones would not be found again. */
  private write(file: number, entry: LedgerEntry): void {
    const bytes = Buffer.from(encodeEntry(entry));
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      this.fileBytes += bytes.length;
    } catch (error) {
      ftruncateSync(file, this.fileBytes);
      throw error;
    }
  }

  /** Appends the entries that the file misses; throws while the disk rejects them, and continues there the next time. */
  private catchUp(): void {
    const { behind } = this;
    if (behind === undefined) return;
    const file = this.openedFile();
    ftruncateSync(file, this.fileBytes);
    for (const entry of this.state.since(behind)) {
      this.write(file, entry);
      behind.apply(entry);
    }
    fdatasyncSync(file);
    this.behind = undefined;
  }

  private openedFile(): number {
    if (this.file !== undefined) return this.file;
    mkdirSync(dirname(this.path), { recursive: true });
    this.file = openSync(this.path, 'a', 0o600);
    return this.file;
  }

  /** Rewrites the file with what is still true, when that is less than half of it. */
  private compact(): void {
    if (this.fileBytes < COMPACT_BYTES || this.fileBytes < 2 * this.liveBytes) return;
    this.rewrite();
  }

  private rewrite(): void {
    if (this.file === undefined) return;
    const text = this.state.since(new LedgerState()).map(encodeEntry).join('');
    try {
      replaceFile(this.path, text);
    } catch {
      // No room for a second file: the old one stays in use, and this is tried again when it has doubled.
      this.liveBytes = this.fileBytes;
      return;
    }
    closeSync(this.file);
    this.file = openSync(this.path, 'a', 0o600);
    this.fileBytes = Buffer.byteLength(text);
    this.liveBytes = this.fileBytes;
  }
}
