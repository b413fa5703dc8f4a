/**
 * What keeps the desired model from being applied, since when, and how long to wait before the next attempt. A document is tried
 * while it is desired, whatever answered: a rejection may come from a proxy, or be mended in the cloud.
 */
import { type Fault, isFileFaultCode, type Telemetry } from '../../../../src/wire/index.js';
import { monotonicMs } from '../../clock.js';
import { Backoff } from '../../cloud/rest/backoff.js';

/** How often blocks are tried again that the disk has no room for. */
const DISK_PAUSE_MS = 5000;
/** Rejections cost a request each: pauses up to ten minutes. */
const REJECTED = { baseMs: 5000, capMs: 600_000 };
/** Corrupt blocks cost three downloads: pauses up to six hours, so that they cost no data plan. */
const CORRUPT = { baseMs: 60_000, capMs: 6 * 3_600_000 };
/** Verdicts of this device about blocks that it has: the next attempt would end alike. */
const FINAL = ['MODEL_REFUSED', 'FRAME_FAILED', 'WORKER_LOST', 'SHUTTING_DOWN'];
const TEXT_CHARACTERS = 500;

type FaultFigures = NonNullable<Telemetry['faults']>[number];

export class ApplyTrouble {
  private readonly rejected: Backoff;
  private readonly corrupt: Backoff;
  private span: { readonly sinceMs: number; fault: Fault } | undefined;

  constructor(random: () => number = Math.random) {
    this.rejected = new Backoff(REJECTED.baseMs, REJECTED.capMs, random);
    this.corrupt = new Backoff(CORRUPT.baseMs, CORRUPT.capMs, random);
  }

  /** Notes a failed attempt; true when it is the first, or fails in another way than the one before. */
  note(fault: Fault, nowMs = monotonicMs()): boolean {
    const isNews = this.span?.fault.code !== fault.code;
    if (this.span === undefined) this.span = { sinceMs: nowMs, fault };
    else this.span.fault = fault;
    return isNews;
  }

  /** The pause before the next attempt, ms; undefined when there is no use in one. */
  pauseMs({ code }: Fault): number | undefined {
    if (isFileFaultCode(code)) return DISK_PAUSE_MS;
    if (FINAL.includes(code)) return undefined;
    return (code === 'BLOCK_CORRUPT' ? this.corrupt : this.rejected).pauseMs(0);
  }

  /** For telemetry: nothing while the desired model is applied. */
  figures(nowMs = monotonicMs()): FaultFigures[] {
    if (this.span === undefined) return [];
    const { sinceMs, fault } = this.span;
    const message = fault.message.slice(0, TEXT_CHARACTERS);
    return [{ code: fault.code, message, forMs: nowMs - sinceMs }];
  }
}
