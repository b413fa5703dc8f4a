/**
 * Runs decided frames through device, uplink and cloud.
 *
 * Semantics of docs/planner.md: the device never idles while a frame waits, and the uplink is first
 * in first out by completion (equal completions in device order). What the cloud does is in
 * cloud-machine.ts. O(n log n) for n units over all frames.
 */

import type { FrameBar, PricedFrame, ReleasedFrame } from '../problem/priced-frame.js';
import { type Arrival, CloudMachine } from './cloud-machine.js';

/** Bars of all lanes by start, and for every frame when its result is on the device. */
export interface Execution {
  readonly bars: readonly FrameBar[];
  readonly doneMs: readonly number[];
}

/** How frames share the machines. */
export interface Sharing {
  /** Frames the cloud serves at a time. */
  readonly workers?: number;
  /** Frame numbers in the order of the device's steps; without it, one frame after the other. */
  readonly turns?: readonly number[];
}

/** Executes frames; each frame's units run in the order of its own decision. */
export function execute(
  frame: PricedFrame,
  runs: readonly ReleasedFrame[],
  { workers = 1, turns = oneAfterTheOther(runs) }: Sharing = {},
): Execution {
  const front = runFront(frame, runs, turns);
  const back = new CloudMachine(frame, runs, workers).run(front.arrivals);
  const doneMs = front.sinkMs.map((ms, i) => Math.max(ms, back.doneMs[i] ?? 0));
  const bars = [...front.bars, ...back.bars];
  return { bars: bars.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs), doneMs };
}

function oneAfterTheOther(runs: readonly ReleasedFrame[]): number[] {
  return runs.flatMap(({ decision }, number) => decision.device.map(() => number));
}

interface Front {
  readonly bars: FrameBar[];
  readonly arrivals: Arrival[];
  /** When the last sink on the device ended, by frame. */
  readonly sinkMs: number[];
}

/** Device and uplink; encoding is device time right after the unit, within its bar. */
function runFront(
  frame: PricedFrame,
  runs: readonly ReleasedFrame[],
  turns: readonly number[],
): Front {
  const bars: FrameBar[] = [];
  const arrivals: Arrival[] = [];
  const sinkMs = runs.map(({ releaseMs }) => releaseMs);
  const steps = runs.map(({ decision }) => decision.device.values());
  let deviceMs = 0;
  let linkMs = 0;
  for (const number of turns) {
    const run = runs[number];
    const node = steps[number]?.next().value;
    if (!run || !node) throw new RangeError(`frame ${number} has no step left`);
    const sending = run.decision.sendings.get(node);
    const startMs = Math.max(deviceMs, run.releaseMs);
    deviceMs = startMs + node.deviceMs + (sending?.encodeMs ?? 0);
    bars.push({ lane: 'device', id: node.id, startMs, endMs: deviceMs, frame: number });
    if (node.successors.length === 0) sinkMs[number] = deviceMs;
    if (!sending) continue;
    const sendMs = Math.max(linkMs, deviceMs);
    linkMs = sendMs + sending.linkMs;
    bars.push({ lane: 'uplink', id: node.id, startMs: sendMs, endMs: linkMs, frame: number });
    const atMs = linkMs + frame.latencyMs;
    arrivals.push({ atMs, frame: number, node, decodeMs: sending.decodeMs });
  }
  return { bars, arrivals, sinkMs };
}
