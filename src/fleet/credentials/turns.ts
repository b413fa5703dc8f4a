/** Serialises changes per key; changes of different keys run at the same time. */
import { Fault } from '../../wire/index.js';

const MAX_IN_LINE = 100;

interface Line {
  end: Promise<unknown>;
  length: number;
}

export class Turns {
  private readonly lines = new Map<string, Line>();

  /** What `act` resolves to, run when all that was asked before has ended. Throws RATE_LIMITED when too many are in line. */
  async of<T>(thing: string, act: () => Promise<T>, max = MAX_IN_LINE): Promise<T> {
    const line = this.lines.get(thing) ?? { end: Promise.resolve(), length: 0 };
    if (line.length >= max) {
      const text = `too many changes of '${thing}' at once`;
      throw new Fault('RATE_LIMITED', text, { retryAfterMs: 1000 });
    }
    this.lines.set(thing, line);
    line.length++;
    const turn = line.end.then(act);
    line.end = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      line.length--;
      if (line.length === 0) this.lines.delete(thing);
    }
  }

  /** How many things have changes in line. */
  get size(): number {
    return this.lines.size;
  }
}
