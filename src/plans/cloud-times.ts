/**
 * What a model's blocks take in the cloud: as the examination found, until tails show otherwise. A profile that was taken while
 * the machine was busy is outvoted by the third frame.
 */
import { RecentTimes } from '../wire/index.js';
import type { BlockTimes } from './network.js';

/** Times are told anew when those of all blocks together have moved by this share, and by so much. */
const NOTABLE_SHARE = 0.02;
const NOTABLE_MS = 0.05;

export class CloudTimes {
  /** Median milliseconds by digest; another map whenever they moved notably, never changed in place. */
  times: BlockTimes;
  private readonly recent: ReadonlyMap<string, RecentTimes>;

  constructor(examined: BlockTimes) {
    this.times = examined;
    this.recent = new Map([...examined].map(([digest, ms]) => [digest, new RecentTimes(ms)]));
  }

  /** Takes what single runs of blocks took; true when `times` are others now. */
  learn(runs: Iterable<readonly [digest: string, ms: number]>): boolean {
    let wasMs = 0;
    let movedMs = 0;
    for (const [digest, ms] of runs) {
      const recent = this.recent.get(digest);
      const toldMs = this.times.get(digest) ?? 0;
      recent?.add(ms);
      wasMs += toldMs;
      movedMs += Math.abs((recent?.medianMs ?? toldMs) - toldMs);
    }
    if (movedMs <= Math.max(NOTABLE_MS, NOTABLE_SHARE * wasMs)) return false;
    this.times = new Map([...this.recent].map(([digest, { medianMs }]) => [digest, medianMs]));
    return true;
  }
}
