/**
 * One frame on a line of time, for a Gantt chart.
 *
 * A record tells how long stages took, and they may overlap: sending begins while the device still computes. What is known for
 * sure is the order, where the device begins and where the frame ends. So device and encoding are laid from the start on, and
 * what the cloud did and the way back from the end; sending ends where the cloud begins.
 */
import type { StageTimes } from '../wire/index.js';
import type { FrameView } from './frame-view.js';

export interface TimelineBar {
  readonly stage: string;
  /** ms since the frame began. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Timeline {
  readonly measured: readonly TimelineBar[];
  readonly predicted: readonly TimelineBar[] | null;
}

/** The bars of a frame; stages that took no time have none. */
export function timelineOf({ measured, predicted, totalMs }: FrameView): Timeline {
  return {
    measured: barsOf(measured, totalMs),
    predicted: predicted === null ? null : barsOf(predicted, predicted.totalMs),
  };
}

/** The bars of some stages of a frame that took so long in all. */
export function barsOf(times: StageTimes, totalMs: number): TimelineBar[] {
  const bars: TimelineBar[] = [];
  const lay = (stage: string, fromMs: number, durationMs: number) => {
    const start = Math.max(0, fromMs);
    if (durationMs > 0)
      bars.push({ stage, fromMs: start, toMs: Math.max(start, fromMs + durationMs) });
  };
  const { deviceMs, encodeMs, uplinkMs, queueMs, cloudMs, downlinkMs } = times;
  const downlinkAt = totalMs - downlinkMs;
  const cloudAt = downlinkAt - cloudMs;
  const queueAt = cloudAt - queueMs;
  lay('device', 0, deviceMs);
  lay('encode', deviceMs, encodeMs);
  lay('uplink', queueAt - uplinkMs, uplinkMs);
  lay('queue', queueAt, queueMs);
  lay('cloud', cloudAt, cloudMs);
  lay('downlink', downlinkAt, downlinkMs);
  return bars;
}
