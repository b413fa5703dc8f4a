/** A bandwidth trace as an emulated link can follow it: one rate for every half second, and outages where they are. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Trace } from '../../../src/replay/index.js';

/** The rate from a time on; 0: nothing passes. */
export interface TraceStep {
  readonly atMs: number;
  readonly mbps: number;
}

/** Rates of the synthetic uplinks change as often. */
export const STEP_MS = 500;

/** The trace's points, no two closer than a step but where an outage begins or ends. */
export function stepsOf(trace: Trace, lastsMs: number): TraceStep[] {
  const steps: TraceStep[] = [];
  for (const { atMs, mbps } of trace.points) {
    const before = steps.at(-1);
    const isEdge = before !== undefined && (before.mbps === 0) !== (mbps === 0);
    const isDue = before === undefined || atMs - before.atMs >= STEP_MS;
    if (atMs >= lastsMs || before?.mbps === mbps) continue;
    if (isEdge || isDue) steps.push({ atMs, mbps });
  }
  return steps;
}

/** Has a link follow the steps in real time, and ends when they do. A step that comes late is not made up for. */
export async function playSteps(
  steps: readonly TraceStep[],
  lastsMs: number,
  setUplink: (mbps: number) => Promise<void>,
): Promise<void> {
  const beganMs = performance.now();
  const until = async (atMs: number): Promise<void> => {
    const waitMs = beganMs + atMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
  };
  for (const { atMs, mbps } of steps) {
    await until(atMs);
    await setUplink(mbps);
  }
  await until(lastsMs);
}
