/**
 * From when on each part of the history is whole. The marks are written, not inferred from the rows there are: a late frame makes a
 * row and a deleted device takes rows away, and neither says what retention has removed.
 */
import { setImmediate as othersRun } from 'node:timers/promises';
import { addCells } from './cells.js';
import type { Folding } from './folding.js';
import {
  type Marks,
  type MarksStore,
  markedParts,
  marksForWriting,
  type StoredMarks,
} from './marks.store.js';
import { ceilTo, DAY_MS, floorTo, type RollupLevel, rollupLevels } from './rollup-levels.js';
import type { RollupsStore, StoredRollup } from './rollups.store.js';

type LevelMarks = Record<RollupLevel['name'], number>;

const PAGE_ROWS = 500;

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

/**
 * The marks of roll-ups that an earlier version left without, on borders of days: measured from how many frames they hold, not from
 * which rows are there. Every frame is folded into all levels, so an hour and its minutes hold equally many. Where they do not, the
 * level with fewer has lost some: retention had taken them, and a late frame may have made a row again. Nothing is folded meanwhile.
 */
async function measuredMarks(rollups: RollupsStore): Promise<LevelMarks> {
  const marks: LevelMarks = { minute: 0, hour: 0, day: 0 };
  const [minute, hour, day] = rollupLevels;
  for (const [fine, coarse] of [
    [hour, day],
    [minute, hour],
  ] as const) {
    const held = await framesBy(rollups, fine, coarse.ms);
    const expected = await framesBy(rollups, coarse, coarse.ms);
    for (const startMs of new Set([...held.keys(), ...expected.keys()])) {
      const [fewer, more] = [held.get(startMs) ?? 0, expected.get(startMs) ?? 0];
      if (fewer === more) continue;
      const { name } = fewer < more ? fine : coarse;
      marks[name] = Math.max(marks[name], ceilTo(startMs + coarse.ms, DAY_MS));
    }
  }
  return marks;
}

/** How many frames the fleet's roll-ups of a level hold, by wider spans. */
async function framesBy(
  rollups: RollupsStore,
  { ms: levelMs }: RollupLevel,
  widthMs: number,
): Promise<Map<number, number>> {
  const all = { levelMs, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const found = new Map<number, number>();
  let after: StoredRollup | undefined;
  do {
    const page = await rollups.read('fleet', [all], PAGE_ROWS, after);
    for (const { startMs, cells } of page) {
      const at = floorTo(startMs, widthMs);
      found.set(at, (found.get(at) ?? 0) + framesIn(cells));
    }
    after = page.length < PAGE_ROWS ? undefined : page.at(-1);
    await othersRun();
  } while (after !== undefined);
  return found;
}

function framesIn(cells: Buffer): number {
  let frames = 0;
  const addFrames = (count: number) => {
    frames += count;
  };
  addCells(cells, () => ({ addFrames, measured: [], predicted: [] }));
  return frames;
}
