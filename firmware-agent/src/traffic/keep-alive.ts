/**
 * When to ping, and when a connection is dead. Devices behind a translator of addresses (NAT) lose a quiet connection without
 * a word: RFC 5382 (REQ-5) asks for two hours, mobile carriers forget in 4 to 30 minutes (Wang et al., SIGCOMM 2011). So the
 * gap between pings is searched for: longer while pings are answered, shorter after a silent death, within bounds.
 * The gap is not the keep-alive of the CONNECT: that one cannot change in a session, and is the upper bound of the gap.
 */

/** An answer to a ping takes no longer. */
const ANSWER_MS = 30_000;
/** With unacknowledged messages on the way, silence is suspicious after this long. */
const AWAITED_MS = 20_000;
const LONGER = 1.5;
/** Shares of the keep-alive: the longest gap, since a ping must arrive within it. */
const LONGEST_SHARE = 0.9;
/** The search ends when the bounds are this close. */
const CLOSE_SHARE = 0.25;
/** A death is the gap's fault only when the cloud can be reached again this soon: otherwise the network was away. */
const BACK_MS = 60_000;
/** A longer gap is tried again after a day: the network may be another one. */
const AGAIN_MS = 86_400_000;
/** A look that comes this late says that the process was stopped; what was received meanwhile may still wait to be read. */
const LATE_MS = 5000;

export interface GapLimits {
  /** Keep-alive of the CONNECT, in s. */
  readonly keepAliveS: number;
  readonly firstGapS: number;
}

/** Bytes of the socket so far, and whether an acknowledgement is awaited. */
export interface SocketMoment {
  readonly received: number;
  readonly sent: number;
  readonly isAwaiting: boolean;
}

export class KeepAlive {
  private gapMs: number;
  private readonly longestMs: number;
  /** The longest gap that held. */
  private goodMs = 0;
  /** A gap that killed a connection, and until when that counts. */
  private badMs = Number.POSITIVE_INFINITY;
  private badUntilMs = Number.NEGATIVE_INFINITY;
  private suspect: { readonly gapMs: number; readonly atMs: number } | undefined;
  private lookedAtMs = 0;
  private received = { bytes: 0, atMs: 0 };
  private sent = { bytes: 0, atMs: 0 };
  private ping: { atMs: number; readonly gapMs: number | undefined } | undefined;

  constructor({ keepAliveS, firstGapS }: GapLimits) {
    this.longestMs = LONGEST_SHARE * keepAliveS * 1000;
    this.gapMs = Math.min(this.longestMs, firstGapS * 1000);
  }

  /** The gap in force, in ms. */
  get gap(): number {
    return this.gapMs;
  }

  /** A session began, on a new socket. */
  began(atMs: number): void {
    const { suspect } = this;
    this.suspect = undefined;
    this.ping = undefined;
    this.lookedAtMs = atMs;
    this.received = { bytes: 0, atMs };
    this.sent = { bytes: 0, atMs };
    if (suspect !== undefined && atMs - suspect.atMs <= BACK_MS) this.killed(suspect.gapMs, atMs);
  }

  /** What is to be done now; to be asked about every second. */
  look(atMs: number, { received, sent, isAwaiting }: SocketMoment): 'ping' | 'dead' | undefined {
    const isLate = atMs - this.lookedAtMs > LATE_MS;
    this.lookedAtMs = atMs;
    if (sent !== this.sent.bytes) this.sent = { bytes: sent, atMs };
    if (received !== this.received.bytes) {
      this.received = { bytes: received, atMs };
      if (this.ping?.gapMs !== undefined) this.held(this.ping.gapMs, atMs);
      this.ping = undefined;
      return undefined;
    }
    if (this.ping !== undefined) {
      if (isLate) this.ping.atMs = atMs;
      return atMs - this.ping.atMs >= ANSWER_MS ? 'dead' : undefined;
    }
    const silentMs = atMs - this.received.atMs;
    const quietMs = atMs - Math.max(this.received.atMs, this.sent.atMs);
    const isQuiet = quietMs >= this.gapMs;
    const mustPing = isQuiet || silentMs >= (isAwaiting ? AWAITED_MS : this.longestMs);
    if (!mustPing) return undefined;
    // After a stop of the process the gap is longer than any that is searched for: nothing is learned from it.
    this.ping = { atMs, gapMs: isQuiet && !isLate ? quietMs : undefined };
    return 'ping';
  }

  /** The session ended, in whatever way. */
  ended(atMs: number): void {
    const gapMs = this.ping?.gapMs;
    this.suspect = gapMs === undefined ? undefined : { gapMs, atMs };
    this.ping = undefined;
  }

  private held(gapMs: number, atMs: number): void {
    if (atMs >= this.badUntilMs) this.badMs = Number.POSITIVE_INFINITY;
    this.goodMs = Math.max(this.goodMs, gapMs);
    const between = (this.goodMs + this.badMs) / 2;
    const isClose = (1 - CLOSE_SHARE) * this.badMs <= this.goodMs;
    const next = isClose ? this.gapMs : Math.min(LONGER * this.gapMs, between);
    this.gapMs = Math.min(this.longestMs, Math.max(this.gapMs, next));
  }

  private killed(gapMs: number, atMs: number): void {
    this.badMs = gapMs;
    this.badUntilMs = atMs + AGAIN_MS;
    // A gap that held once and kills now: the network is another one.
    if (this.goodMs >= gapMs) this.goodMs = 0;
    this.gapMs = Math.max(Math.min(AWAITED_MS, gapMs), this.goodMs > 0 ? this.goodMs : gapMs / 2);
  }
}
