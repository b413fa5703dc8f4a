/** Which tails a tail process should open before frames ask for them: those of recent plans, the newest last. */
import type { Tail } from '../tail-process/tail.js';

const REMEMBERED = 16;

export class WarmUps<Worker extends object> {
  private readonly recent = new Map<string, Tail>();
  /** What is still to be opened. */
  private readonly waiting = new WeakMap<Worker, Map<string, Tail>>();

  /** Every tail a process that has just started should open. */
  start(worker: Worker): void {
    this.waiting.set(worker, new Map(this.recent));
  }

  /** One more tail for some processes. */
  add(tail: Tail, workers: readonly Worker[]): void {
    const key = keyOf(tail);
    this.recent.delete(key);
    this.recent.set(key, tail);
    for (const oldest of this.recent.keys()) {
      if (this.recent.size <= REMEMBERED) break;
      this.recent.delete(oldest);
    }
    for (const worker of workers) this.waiting.get(worker)?.set(key, tail);
  }

  /** Takes the next tail a process is to open. */
  take(worker: Worker): Tail | undefined {
    const waiting = this.waiting.get(worker);
    for (const [key, tail] of waiting ?? []) {
      waiting?.delete(key);
      if (this.recent.has(key)) return tail;
    }
    return undefined;
  }

  dropModel(model: string): void {
    for (const [key, tail] of this.recent) if (tail.model === model) this.recent.delete(key);
  }
}

const keyOf = ({ blocks }: Tail): string => blocks.map(({ digest }) => digest).join();
