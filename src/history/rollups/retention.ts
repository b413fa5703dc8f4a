/** Removes expired frames and roll-ups, level by level, in small steps, so that other calls do not wait. */
import { setImmediate as othersRun } from 'node:timers/promises';
import type { FramesStore } from '../frames/frames.store.js';
import type { Coverage } from './coverage.js';
import type { Folding } from './folding.js';
import type { Marks } from './marks.store.js';
import { DAY_MS, floorTo, rollupLevels } from './rollup-levels.js';
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

/**
 * From when on each part is kept, in ms since 1970; parts that are kept for ever are left out. Frames count by their receipt. Roll-ups go
 * by whole days (UTC), so that a border of one level is never within a roll-up of another.
 */
export function keptFrom({ frames, ...levels }: KeptDays, nowMs: number): Partial<Marks> {
  const days = Object.entries({ ...levels, traffic: TRAFFIC_DAYS }).flatMap(([part, kept]) =>
    kept === undefined ? [] : [[part, floorTo(nowMs - kept * DAY_MS, DAY_MS)] as const],
  );
  const ofFrames = frames === undefined ? {} : { frames: nowMs - frames * DAY_MS };
  return { ...ofFrames, ...Object.fromEntries(days) };
}

export class Retention {
  private isStopped = false;

  constructor(
    private readonly frames: FramesStore,
    private readonly rollups: RollupsStore,
    private readonly traffic: TrafficStore,
    private readonly folding: Folding,
    private readonly coverage: Coverage,
  ) {}

  stop(): void {
    this.isStopped = true;
  }

  /** Removes what is too old now; answers how much of each. The marks are raised first. Frames go only when they are in the roll-ups. */
  async sweep(kept: KeptDays, nowMs: number): Promise<Readonly<Record<keyof KeptDays, number>>> {
    const removed = { frames: 0, minute: 0, hour: 0, day: 0 };
    const marks = await this.coverage.raise(keptFrom(kept, nowMs), nowMs);
    const upTo = await this.folding.upTo();
    removed.frames = await this.below(marks.frames, (beforeMs) =>
      this.frames.removeOldest(beforeMs, upTo, STEP_ROWS),
    );
    for (const { name, ms } of rollupLevels) {
      removed[name] = await this.below(marks[name], (beforeMs) =>
        this.rollups.removeOldest(ms, beforeMs, STEP_ROWS),
      );
    }
    await this.below(marks.traffic, (beforeMs) => this.traffic.removeOldest(beforeMs, STEP_ROWS));
    return removed;
  }

  /** Nothing is below a mark of 0. */
  private async below(
    beforeMs: number,
    step: (beforeMs: number) => Promise<number>,
  ): Promise<number> {
    return beforeMs > 0 ? this.inSteps(() => step(beforeMs)) : 0;
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
