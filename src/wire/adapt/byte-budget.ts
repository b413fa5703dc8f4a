/** A byte budget per day, refilled evenly; a burst is one twentieth of it, at least one probe. */

const DAY_MS = 86_400_000;

export class ByteBudget {
  private available: number;
  private readonly burst: number;

  constructor(
    private readonly bytesPerDay: number,
    largest: number,
    private atMs: number,
  ) {
    this.burst = bytesPerDay === 0 ? 0 : Math.max(largest, bytesPerDay / 20);
    this.available = this.burst;
  }

  /** Takes the bytes if available; otherwise takes none and returns false. */
  take(bytes: number, atMs: number): boolean {
    const earned = ((atMs - this.atMs) * this.bytesPerDay) / DAY_MS;
    this.available = Math.min(this.burst, this.available + earned);
    this.atMs = atMs;
    if (bytes > this.available) return false;
    this.available -= bytes;
    return true;
  }
}
