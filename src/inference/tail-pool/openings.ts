/**
 * Openings of sessions in tail processes. A frame that waited for one waited for what later frames do not wait for, unless
 * openings go on, as where memory is short. So of the frames behind one opening, one says how long frames wait.
 */
export class Openings {
  private endedAtMs = Number.NEGATIVE_INFINITY;
  private hasCounted = false;

  /** A process has opened sessions. */
  ended(atMs: number): void {
    this.endedAtMs = atMs;
    this.hasCounted = false;
  }

  /** Whether the wait of a frame that arrived then, and runs now, is to count. */
  counts(arrivedMs: number): boolean {
    if (arrivedMs >= this.endedAtMs) return true;
    const isFirst = !this.hasCounted;
    this.hasCounted = true;
    return isFirst;
  }
}
