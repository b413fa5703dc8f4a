/** Whether news of the link is worth a probe: only while frames come whose plan depends on it. */

/** A frame this long ago says that frames come no more. */
const FRAMES_MS = 60_000;

export class LinkNeed {
  private frames = 0;
  private framesAtMs = Number.NEGATIVE_INFINITY;

  /** `begun`: frames begun so far. */
  isThere(begun: number, atMs: number): boolean {
    if (begun !== this.frames) {
      this.frames = begun;
      this.framesAtMs = atMs;
    }
    return atMs - this.framesAtMs <= FRAMES_MS;
  }
}
