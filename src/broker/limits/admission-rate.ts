/**
 * How fast new connections may begin: the measured delay of the event loop decides. Pure: times and delays come from its caller.
 *
 * Additive increase and multiplicative decrease (Chiu and Jain 1989) of a rate of admission, by measured delay (Welsh and Culler,
 * "Adaptive overload control for busy Internet servers", USITS 2003). While the loop is late no connection begins: frames of connected
 * devices come first. A few begin all the same, so that every storm ends. A delay that is not known is not taken for zero.
 */

/** A loop that is later than this has enough to do: a frame needs a few of its turns each way. */
export const LATE_MS = 25;
/** A sample older than this says nothing about now: samples come every 10 ms, unless the loop stands. */
const STALE_MS = 100;
/** Nothing that connections do delays a loop so long: the process was suspended, or a clock jumped. */
const SUSPENDED_MS = 2000;
/** What a decrease has brought shows after this time: the clients answer first. */
const REACTION_MS = 100;
const DECREASE = 0.7;
/** What was learned longer ago than this is of another day: the load and the machine may be others. */
const FORGET_MS = 30_000;
/** One connection begins in this time, however late the loop is. */
const LONGEST_GAP_MS = 250;
/** Turns that were not taken are kept for this time: later they would be a burst. */
const KEPT_MS = 20;
/** Shares of the highest rate: of the first, the lowest, and the increase in a second. */
const FIRST_SHARE = 1 / 5;
const LOWEST_SHARE = 1 / 25;
const INCREASE_SHARE = 2 / 5;

export class AdmissionRate {
  private readonly firstPerS: number;
  private readonly lowestPerS: number;
  private perS: number;
  private turns = 1;
  private refilledMs: number;
  private begunMs: number;
  private decreasedMs = Number.NEGATIVE_INFINITY;
  /** When the loop was last measured; undefined before. */
  private sampledMs: number | undefined;
  /** False also while the delay is not known. */
  private isOnTime = false;

  /** `highestPerS`: connections per second, whatever the loop could bear. */
  constructor(
    private readonly highestPerS: number,
    nowMs: number,
  ) {
    this.firstPerS = Math.min(highestPerS, Math.max(1, FIRST_SHARE * highestPerS));
    this.lowestPerS = Math.min(highestPerS, Math.max(1, LOWEST_SHARE * highestPerS));
    this.perS = this.firstPerS;
    this.refilledMs = nowMs;
    this.begunMs = nowMs;
  }

  /** Connections per second that may begin now. */
  get perSecond(): number {
    return this.perS;
  }

  /**
   * The loop was `lateMs` late just now; undefined where that is not known. `isWaiting`: connections wait for a turn, so that the
   * rate is what limits them.
   */
  sampled(lateMs: number | undefined, nowMs: number, isWaiting: boolean): void {
    const sinceMs = this.sampledMs === undefined ? undefined : nowMs - this.sampledMs;
    this.sampledMs = nowMs;
    if (nowMs - this.begunMs > FORGET_MS) this.perS = this.firstPerS;
    if (!isKnown(lateMs) || (sinceMs !== undefined && !isKnown(sinceMs))) {
      this.isOnTime = false;
      this.perS = Math.min(this.perS, this.firstPerS);
      return;
    }
    // One late turn is a pause: of the collector, or of a machine that others use. Work that is too much makes the next late too.
    const wasOnTime = this.isOnTime;
    this.isOnTime = lateMs <= LATE_MS;
    if (!this.isOnTime && wasOnTime) return;
    if (!this.isOnTime) this.decrease(nowMs, isWaiting);
    else if (isWaiting && sinceMs !== undefined) this.increase(Math.min(sinceMs, STALE_MS));
  }

  /** Takes the turn of one connection; false when it has to wait. */
  take(nowMs: number): boolean {
    const keptTurns = Math.max(1, (this.perS * KEPT_MS) / 1000);
    const gained = (Math.max(0, nowMs - this.refilledMs) * this.perS) / 1000;
    this.turns = Math.min(keptTurns, this.turns + gained);
    this.refilledMs = nowMs;
    const isMeasured = this.sampledMs !== undefined && nowMs - this.sampledMs <= STALE_MS;
    const mayBegin =
      isMeasured && this.isOnTime ? this.turns >= 1 : nowMs - this.begunMs >= LONGEST_GAP_MS;
    if (!mayBegin) return false;
    this.turns = Math.max(0, this.turns - 1);
    this.begunMs = nowMs;
    return true;
  }

  private increase(overMs: number): void {
    const gained = (INCREASE_SHARE * this.highestPerS * overMs) / 1000;
    this.perS = Math.min(this.highestPerS, this.perS + gained);
  }

  /** A delay while no connection begins is the work of others. */
  private decrease(nowMs: number, isWaiting: boolean): void {
    const isOurs = isWaiting || nowMs - this.begunMs <= REACTION_MS;
    if (!isOurs || nowMs - this.decreasedMs < REACTION_MS) return;
    this.decreasedMs = nowMs;
    this.perS = Math.max(this.lowestPerS, DECREASE * this.perS);
  }
}

function isKnown(ms: number | undefined): ms is number {
  return ms !== undefined && ms >= 0 && ms <= SUSPENDED_MS;
}
