/**
 * The cap on the bytes of a calendar month (UTC). Pure: time is what the cloud said plus the monotonic clock since, under one
 * start of the machine. The wall clock is never asked: a board without a battery shows any month after a power cut.
 * While the time is unknown the month goes on, so that no restart gives a new one.
 */

/** What `minimal` needs in a month to stay present, kept free of everything else. */
export const PRESENCE_BYTES = 2_000_000;
/** Smallest cap: presence, and something to do. */
export const LEAST_CAP_BYTES = 10_000_000;
/** Kept free for questions for the time, and for what the estimate of TCP and IP does not see. */
const MARGIN_SHARE = 0.01;
/** The count on disk is ahead by this share, and at most these bytes: a kill −9 forgets nothing. */
const AHEAD_SHARE = 0.002;
const AHEAD_BYTES = 64 << 10;

/** open: within the cap. spent: only presence is left. over: nothing is sent any more. */
export type CapState = 'open' | 'spent' | 'over';

/** As it stands on disk. */
export interface KeptMonth {
  /** Like 2026-11; null while no time was known yet. */
  readonly month: string | null;
  readonly bytes: number;
  readonly isSpent: boolean;
  /** A time of the cloud, and the boot and monotonic time it came at; null while none came. */
  readonly known: KnownTime | null;
}

export interface KnownTime {
  readonly cloudMs: number;
  readonly boot: string;
  readonly monotonicMs: number;
}

export class MonthlyCap {
  private month: string | null;
  private usedBytes: number;
  private isSpent: boolean;
  private known: KnownTime | null;
  private keptBytes = Number.NEGATIVE_INFINITY;

  /** `kept`: undefined at the first start; null when it cannot be read, so that how much is used is unknown. */
  constructor(
    readonly capBytes: number,
    kept: KeptMonth | null | undefined,
    private readonly boot: string,
    private readonly keep: (month: KeptMonth) => void,
  ) {
    this.month = kept?.month ?? null;
    this.usedBytes = kept?.bytes ?? 0;
    this.isSpent = kept === null || (kept?.isSpent ?? false);
    this.known = kept?.known ?? null;
  }

  get used(): number {
    return this.usedBytes;
  }

  /** The month of the count; null while unknown. */
  get ofMonth(): string | null {
    return this.month;
  }

  get state(): CapState {
    if (this.usedBytes >= (1 - MARGIN_SHARE) * this.capBytes) return 'over';
    return this.isSpent ? 'spent' : 'open';
  }

  /** Whether bytes of a frame, a block or a probe may still be sent or fetched. */
  allows(bytes: number, monotonicMs: number): boolean {
    return this.state === 'open' && this.usedBytes + bytes <= this.openBytes(monotonicMs);
  }

  /** Adds bytes that were sent or received. */
  use(bytes: number, monotonicMs: number): void {
    this.usedBytes += bytes;
    this.turn(monotonicMs);
    if (this.usedBytes >= this.openBytes(monotonicMs)) this.spend();
    if (this.usedBytes > this.keptBytes) this.save(aheadOf(this.capBytes));
  }

  /** What waits does not fit any more: it is spent until the month ends, rather than for as long as large things wait. */
  spend(): void {
    if (this.isSpent) return;
    this.isSpent = true;
    this.save(aheadOf(this.capBytes));
  }

  /** The time of the cloud. One before the last is ignored: time does not run backwards. */
  learn(cloudMs: number, monotonicMs: number): void {
    const before = this.timeAt(monotonicMs) ?? this.known?.cloudMs ?? Number.NEGATIVE_INFINITY;
    if (cloudMs < before) return;
    this.known = { cloudMs, boot: this.boot, monotonicMs };
    this.turn(monotonicMs);
    this.save(aheadOf(this.capBytes));
  }

  /** The time of now in ms since 1970; undefined while it is unknown under this start of the machine. */
  timeAt(monotonicMs: number): number | undefined {
    if (this.known?.boot !== this.boot) return undefined;
    return this.known.cloudMs + Math.max(0, monotonicMs - this.known.monotonicMs);
  }

  /** Writes the exact count, at an orderly end. */
  close(): void {
    this.save(0);
  }

  private turn(monotonicMs: number): void {
    const atMs = this.timeAt(monotonicMs);
    if (atMs === undefined) return;
    const month = new Date(atMs).toISOString().slice(0, 7);
    if (month === this.month) return;
    // The first month that is known is that of the bytes counted before.
    if (this.month !== null) {
      this.usedBytes = 0;
      this.isSpent = false;
    }
    this.month = month;
    this.save(aheadOf(this.capBytes));
  }

  /** Bytes of the cap less what presence needs until the month ends; for the whole month while the time is unknown. */
  private openBytes(monotonicMs: number): number {
    const restShare = restOfMonth(this.timeAt(monotonicMs));
    return (1 - MARGIN_SHARE) * this.capBytes - restShare * PRESENCE_BYTES;
  }

  private save(aheadBytes: number): void {
    this.keptBytes = this.usedBytes + aheadBytes;
    const { month, keptBytes: bytes, isSpent, known } = this;
    this.keep({ month, bytes, isSpent, known });
  }
}

function aheadOf(capBytes: number): number {
  return Math.min(AHEAD_BYTES, AHEAD_SHARE * capBytes);
}

/** Share of the calendar month that is left. */
function restOfMonth(atMs: number | undefined): number {
  if (atMs === undefined) return 1;
  const at = new Date(atMs);
  const beginMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
  const endMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
  return (endMs - atMs) / (endMs - beginMs);
}
