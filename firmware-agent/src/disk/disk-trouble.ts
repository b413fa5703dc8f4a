/**
 * A span in which the disk takes nothing (full, over quota, read-only, broken): told once when it begins and once when it is
 * over. What has to be written is tried again by itself, so that nobody who works with frames has to wait for a disk or fail.
 */
import { errorText, type Log } from '../log.js';

const RETRY_MS = 1000;

export class DiskTrouble {
  private span: { readonly because: string; readonly sinceMs: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** What cannot be written, and what that means while it lasts. */
    private readonly told: { readonly what: string; readonly meanwhile: string },
    /** Writes all that is owed; throws while the disk does not take it. */
    private readonly retry: () => void,
    private readonly log: Log,
  ) {}

  /** What the disk says no with; undefined while it takes what it is given. */
  get because(): string | undefined {
    return this.span?.because;
  }

  /** Something was not written. */
  begin(error: unknown): void {
    if (this.span !== undefined) return;
    const { what, meanwhile } = this.told;
    const because = `${what} cannot be written (${errorText(error)})`;
    this.span = { because, sinceMs: Date.now() };
    this.log.warn(`${because}: ${meanwhile}`);
    this.tryLater();
  }

  /** Tries once more, now; true when nothing is owed afterwards. */
  end(): boolean {
    if (this.span === undefined) return true;
    clearTimeout(this.timer);
    try {
      this.retry();
    } catch {
      this.tryLater();
      return false;
    }
    const seconds = ((Date.now() - this.span.sinceMs) / 1000).toFixed(1);
    this.span = undefined;
    this.log.info(`${this.told.what} is written again, after ${seconds} s`);
    return true;
  }

  /** A last try; true when nothing is owed. */
  close(): boolean {
    const isWritten = this.end();
    clearTimeout(this.timer);
    return isWritten;
  }

  private tryLater(): void {
    this.timer = setTimeout(() => this.end(), RETRY_MS).unref();
  }
}
