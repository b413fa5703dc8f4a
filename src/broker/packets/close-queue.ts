/**
 * Connections that their peers have ended, taken leave of a few at a time. One costs Aedes a fifth of a millisecond, for its
 * subscriptions; a fleet that loses its connection at once would hold up the frames of those who stayed for half a second.
 */
const BATCH = 8;

export class CloseQueue {
  private readonly waiting: (() => void)[] = [];

  /** Calls `leave` soon: a few in every turn of the event loop, in order. */
  add(close: () => void): void {
    this.waiting.push(close);
    if (this.waiting.length === 1) setImmediate(() => this.next());
  }

  private next(): void {
    for (const close of this.waiting.splice(0, BATCH)) close();
    if (this.waiting.length > 0) setImmediate(() => this.next());
  }
}
