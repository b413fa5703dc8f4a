/**
 * The marks of roll-ups that an earlier version left without: measured from how many frames they hold, not from which rows are there.
 *
 * Every frame is folded into all levels, so an hour and its minutes hold equally many. Where they do not, the level with fewer
 * has lost some: retention had taken them, and a late frame may have made a row again.
 */
import { setImmediate as othersRun } from 'node:timers/promises';
import { addCells } from './cells.js';
import { ceilTo, DAY_MS, floorTo, type RollupLevel, rollupLevels } from './rollup-levels.js';
import type { RollupsStore, StoredRollup } from './rollups.store.js';

type LevelMarks = Record<RollupLevel['name'], number>;

const PAGE_ROWS = 500;

/** In ms since 1970, on borders of days. Call it while nothing is folded; reads all roll-ups of the fleet. */
export async function measuredMarks(rollups: RollupsStore): Promise<LevelMarks> {
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
