/** Removes expired frames and roll-ups, level by level, in small steps, so that other calls do not wait. */
import { setImmediate as othersRun } from 'node:timers/promises';
import type { FramesStore } from '../frames/frames.store.js';
import type { Folding } from './folding.js';
import { DAY_MS, type RollupLevel, rollupLevels } from './rollup-levels.js';
import type { RollupsStore } from './rollups.store.js';
import type { TrafficStore } from './traffic.store.js';

const STEP_ROWS = 1_000;
/** What devices send by days is kept for the longest month and the days before it that a rate is taken from. */
const TRAFFIC_DAYS = 62;

/** For how many days each is kept; undefined: for ever. */
export interface KeptDays {
  readonly frames: number | undefined;
  readonly minute: number | undefined;
  readonly hour: number | undefined;
  readonly day: number | undefined;
}

/** What of a level began before this is removed; undefined: nothing is. */
function removedBeforeMs(kept: KeptDays, { name, ms }: RollupLevel, nowMs: number) {
  const days = kept[name];
  return days === undefined ? undefined : nowMs - days * DAY_MS - ms;
}

/**
 * From when on each level has all there is, in ms by the width of the level; levels that are kept for ever are left out. A frame that
 * comes later than that makes a roll-up of its own, which lasts until the next removal and says nothing of those around it.
 */
export function completeFrom(kept: KeptDays, nowMs: number): ReadonlyMap<number, number> {
  return new Map(
    rollupLevels.flatMap((level) => {
      const fromMs = removedBeforeMs(kept, level, nowMs);
      return fromMs === undefined ? [] : [[level.ms, fromMs] as const];
    }),
  );
}

export class Retention {
  private isStopped = false;

  constructor(
    private readonly frames: FramesStore,
    private readonly rollups: RollupsStore,
    private readonly traffic: TrafficStore,
    private readonly folding: Folding,
  ) {}

  stop(): void {
    this.isStopped = true;
  }

  /** Removes what is too old now; answers how much of each. Frames go only when they are in the roll-ups. */
  async sweep(kept: KeptDays, nowMs: number): Promise<Readonly<Record<keyof KeptDays, number>>> {
    const removed = { frames: 0, minute: 0, hour: 0, day: 0 };
    if (kept.frames !== undefined) {
      const beforeMs = nowMs - kept.frames * DAY_MS;
      const upTo = await this.folding.upTo();
      removed.frames = await this.inSteps(() =>
        this.frames.removeOldest(beforeMs, upTo, STEP_ROWS),
      );
    }
    for (const level of rollupLevels) {
      const { name, ms } = level;
      const beforeMs = removedBeforeMs(kept, level, nowMs);
      if (beforeMs === undefined) continue;
      removed[name] = await this.inSteps(() => this.rollups.removeOldest(ms, beforeMs, STEP_ROWS));
    }
    const beforeMs = nowMs - TRAFFIC_DAYS * DAY_MS;
    await this.inSteps(() => this.traffic.removeOldest(beforeMs, STEP_ROWS));
    return removed;
  }

  private async inSteps(step: () => Promise<number>): Promise<number> {
    let total = 0;
    for (let removed = 1; removed > 0 && !this.isStopped; ) {
      removed = await step();
      total += removed;
      await othersRun();
    }
    return total;
  }
}
