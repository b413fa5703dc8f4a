/**
 * From when on each part of the history is whole. The marks are written, not inferred from the rows there are: a late frame makes a
 * row and a deleted device takes rows away, and neither says what retention has removed.
 */
import type { Folding } from './folding.js';
import {
  type Marks,
  type MarksStore,
  markedParts,
  marksForWriting,
  type StoredMarks,
} from './marks.store.js';
import { measuredMarks } from './measured-marks.js';
import { ceilTo, DAY_MS, rollupLevels } from './rollup-levels.js';
import type { RollupsStore } from './rollups.store.js';

export class Coverage {
  private measuring: Promise<void> | undefined;

  constructor(
    private readonly store: MarksStore,
    private readonly rollups: RollupsStore,
    private readonly folding: Folding,
  ) {}

  /** The marks of now. The first call in a database of an earlier version measures those that are unknown. */
  async marks(): Promise<Marks> {
    const stored = await this.store.read();
    if (isKnown(stored)) return stored;
    this.measuring ??= this.measure().finally(() => {
      this.measuring = undefined;
    });
    await this.measuring;
    return marksForWriting(await this.store.read());
  }

  /**
   * Raises marks between two steps of folding, and answers with those of now; what began before them may be removed then. A mark never
   * falls, except one in the future: it came from a clock that was wrong, and nothing would be kept until then.
   */
  async raise(wanted: Partial<Marks>, nowMs: number): Promise<Marks> {
    const marks = await this.marks();
    const tomorrowMs = ceilTo(nowMs + 1, DAY_MS);
    const changed = markedParts.flatMap((part) => {
      const known = Math.min(marks[part], tomorrowMs);
      const fromMs = Math.max(known, wanted[part] ?? known);
      return fromMs === marks[part] ? [] : [[part, fromMs] as const];
    });
    const raised: Partial<Marks> = Object.fromEntries(changed);
    await this.folding.between(() => this.store.save(raised));
    return { ...marks, ...raised };
  }

  /** A step that was interrupted is folded again first, so that all levels hold the same frames. */
  private async measure(): Promise<void> {
    await this.folding.step();
    await this.folding.between(async () => {
      const stored = await this.store.read();
      const measured = await measuredMarks(this.rollups);
      const unknown = rollupLevels.filter(({ name }) => stored[name] === null);
      const marks = unknown.map(({ name }) => [name, measured[name]] as const);
      await this.store.save(Object.fromEntries(marks));
    });
  }
}

function isKnown(stored: StoredMarks): stored is Marks {
  return Object.values(stored).every((fromMs) => fromMs !== null);
}
