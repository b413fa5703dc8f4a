/** Frames that come at an interval: the interval that machines sustain, what an overload costs, and which change counts. Pure. */
import type { Slacks } from '../../planner/index.js';
import { OVERLOADED_FRAMES } from '../../wire/index.js';
import type { MachineLoads } from './machine-loads.js';

/** An interval that is longer or shorter by less counts as the same. */
const NOTABLE_FACTOR = 1.25;

/** True when an interval became known or unknown, or differs by more than the factor. */
export function hasPaceChanged(beforeMs: number | undefined, nowMs: number | undefined): boolean {
  if (beforeMs === undefined || nowMs === undefined) return beforeMs !== nowMs;
  return Math.max(beforeMs / nowMs, nowMs / beforeMs) > NOTABLE_FACTOR;
}

/** The shortest interval that machines with these loads sustain, with their slacks; not below the given one. */
export function sustainedMsOf(
  { deviceMs, uplinkMs, cloudMs }: MachineLoads,
  intervalMs: number,
  { device, uplink, cloud }: Slacks,
): number {
  const leastMs = [deviceMs / (1 - device), uplinkMs / (1 - uplink), cloudMs / (1 - cloud)];
  return Math.max(intervalMs, ...leastMs);
}

/** Mean wait of the first 33 frames that come more often than they are served. */
export function queueMsOf(sustainedMs: number, intervalMs: number): number {
  return OVERLOADED_FRAMES * Math.max(0, sustainedMs - intervalMs);
}
