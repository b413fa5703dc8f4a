/** Frames that come at an interval: the time that machines keep free, what an overload costs, and which change counts. Pure. */
import { OVERLOADED_FRAMES } from '../../wire/index.js';
import { busiestMs, type MachineLoads } from './machine-loads.js';

/** Share of every machine's time that a plan leaves free: block and link times vary by some percent around their medians. */
export const PACE_SLACK = 0.1;
/** An interval that is longer or shorter by less counts as the same. */
const NOTABLE_FACTOR = 1.25;

/** True when an interval became known or unknown, or differs by more than the factor. */
export function hasPaceChanged(beforeMs: number | undefined, nowMs: number | undefined): boolean {
  if (beforeMs === undefined || nowMs === undefined) return beforeMs !== nowMs;
  return Math.max(beforeMs / nowMs, nowMs / beforeMs) > NOTABLE_FACTOR;
}

/** The shortest interval that machines with these loads sustain, with their margin; not below the given one. */
export function sustainedMsOf(loads: MachineLoads, intervalMs: number): number {
  return Math.max(intervalMs, busiestMs(loads) / (1 - PACE_SLACK));
}

/** Mean wait of the first 33 frames that come more often than they are served. */
export function queueMsOf(sustainedMs: number, intervalMs: number): number {
  return OVERLOADED_FRAMES * Math.max(0, sustainedMs - intervalMs);
}
