/** Log lines of a camera that fails: one for each kind of fault, and again only after a while. */
import type { Log } from '../../log.js';

const AGAIN_MS = 10 * 60_000;

export class FaultLines {
  private kind: string | undefined;
  private saidMs = 0;
  private unsaid = 0;

  constructor(
    private readonly name: string,
    private readonly log: Log,
  ) {}

  /** Writes a fault that is another one than before, or is to be said again; returns whether it is another one. */
  failed(fault: string, waitMs: number, nowMs: number): boolean {
    // Numbers are times and counts, and addresses within FFmpeg.
    const kind = fault.replace(/0x[\da-f]+|\d+/gi, '#');
    const isNew = kind !== this.kind;
    const line = `${this.name}: ${fault}; starting it again in ${(waitMs / 1000).toFixed(1)} s`;
    if (!isNew && nowMs - this.saidMs < AGAIN_MS) {
      this.unsaid += 1;
      this.log.debug(line);
      return false;
    }
    const times = isNew || this.unsaid === 0 ? '' : ` (${this.unsaid} times more since)`;
    this.log.warn(`${line}${times}`);
    this.kind = kind;
    this.saidMs = nowMs;
    this.unsaid = 0;
    return isNew;
  }

  /** Pictures come again. A camera that fails soon after does not fill the log. */
  well(nowMs: number): void {
    const line = `${this.name}: pictures come again`;
    if (this.unsaid > 0 && nowMs - this.saidMs < AGAIN_MS) this.log.debug(line);
    else this.log.info(line);
  }
}
