/**
 * A span in which the disk rejects writes (full, over quota, read-only, broken): logged once when it begins and once when it is
 * over. Pending writes are retried in the background, so that frames neither wait for the disk nor fail.
 */
import { errorText, type Log } from '../log.js';

const RETRY_MS = 1000;

export class DiskTrouble {
  private span: { readonly because: string; readonly sinceMs: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** Name of what cannot be written, and the effect while it lasts. */
    private readonly texts: { readonly what: string; readonly meanwhile: string },
    /** Writes everything pending; throws while the disk rejects it. */
    private readonly retry: () => void,
    private readonly log: Log,
  ) {}

  /** The error of the disk; undefined while it accepts writes. */
  get because(): string | undefined {
    return this.span?.because;
  }

  /** Notes a failed write. */
  begin(error: unknown): void {
    if (this.span !== undefined) return;
    const { what, meanwhile } = this.texts;
    const because = `${what} cannot be written (${errorText(error)})`;
    this.span = { because, sinceMs: Date.now() };
    this.log.warn(`${because}: ${meanwhile}`);
    this.tryLater();
  }

  /** Retries now; true when nothing is pending afterwards. */
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
    this.log.info(`${this.texts.what} is written again after ${seconds} s`);
    return true;
  }

  /** Retries for the last time; true when nothing is pending. */
  close(): boolean {
    const isWritten = this.end();
    clearTimeout(this.timer);
    return isWritten;
  }

  private tryLater(): void {
    this.timer = setTimeout(() => this.end(), RETRY_MS).unref();
  }
}
