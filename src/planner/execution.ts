/**
 * Runs decided frames through device, uplink and cloud.
 *
 * Semantics of docs/planner.md: the device never idles while a frame waits, and the uplink is first
 * in first out by completion (equal completions in device order). What the cloud does is in
 * cloud-machine.ts. O(n log n) for n units over all frames.
 */
import { type Arrival, CloudMachine } from './cloud-machine.js';
import type { Frame, FrameBar, FrameRun } from './frame.js';

/** Bars of all lanes by start, and for every frame when its result is on the device. */
export interface Execution {
  readonly bars: readonly FrameBar[];
  readonly doneMs: readonly number[];
}

/** Executes frames in the given order; the cloud serves `workers` frames at a time. */
export function execute(frame: Frame, runs: readonly FrameRun[], workers = 1): Execution {
  const front = runFront(frame, runs);
  const back = new CloudMachine(frame, runs, workers).run(front.arrivals);
  const doneMs = front.sinkMs.map((ms, i) => Math.max(ms, back.doneMs[i] ?? 0));
  const bars = [...front.bars, ...back.bars];
  return { bars: bars.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs), doneMs };
}

interface Front {
  readonly bars: FrameBar[];
  readonly arrivals: Arrival[];
  /** When the last sink on the device ended, by frame. */
  readonly sinkMs: number[];
}

/** Device and uplink; encoding is device time right after the unit, within its bar. */
function runFront(frame: Frame, runs: readonly FrameRun[]): Front {
  const bars: FrameBar[] = [];
  const arrivals: Arrival[] = [];
  const sinkMs: number[] = [];
  let deviceMs = 0;
  let linkMs = 0;
  for (const [number, { decision, releaseMs }] of runs.entries()) {
    deviceMs = Math.max(deviceMs, releaseMs);
    sinkMs.push(releaseMs);
    for (const node of decision.device) {
      const sending = decision.sendings.get(node);
      const startMs = deviceMs;
      deviceMs += node.deviceMs + (sending?.encodeMs ?? 0);
      bars.push({ lane: 'device', id: node.id, startMs, endMs: deviceMs, frame: number });
      if (node.successors.length === 0) sinkMs[number] = deviceMs;
      if (!sending) continue;
      const sendMs = Math.max(linkMs, deviceMs);
      linkMs = sendMs + sending.linkMs;
      bars.push({ lane: 'uplink', id: node.id, startMs: sendMs, endMs: linkMs, frame: number });
      const atMs = linkMs + frame.latencyMs;
      arrivals.push({ atMs, frame: number, node, decodeMs: sending.decodeMs });
    }
  }
  return { bars, arrivals, sinkMs };
}
