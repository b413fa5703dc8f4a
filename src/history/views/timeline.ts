/**
 * One frame on a line of time, for a Gantt chart.
 *
 * A record holds how long stages took, and they may overlap: sending begins while the device still computes. What is known for
 * sure is the order, where the device begins and where the frame ends. So device and encoding are laid from the start on, and
 * what the cloud did and the way back from the end; sending ends where the cloud begins. Where the cloud's half is known, it says
 * when the last bytes were there, also of a frame that the device finished meanwhile.
 */
import type { StageTimes } from '../../wire/index.js';
import type { CloudView, FrameView, Timeline, TimelineBar } from './frame-answers.js';

/** The bars of a frame; stages that took no time have none. */
export function timelineOf({ measured, predicted, totalMs, cloud }: FrameView): Timeline {
  return {
    measured: cloud === null ? barsOf(measured, totalMs) : joinedBars(measured, totalMs, cloud),
    predicted: predicted === null ? null : barsOf(predicted, predicted.totalMs),
  };
}

/** The bars of some stages of a frame that took so long in all. */
export function barsOf(times: StageTimes, totalMs: number): TimelineBar[] {
  const { deviceMs, encodeMs, uplinkMs, queueMs, cloudMs, downlinkMs } = times;
  const downlinkAt = totalMs - downlinkMs;
  const cloudAt = downlinkAt - cloudMs;
  const queueAt = cloudAt - queueMs;
  return [
    ...bar('device', 0, deviceMs),
    ...bar('encode', deviceMs, encodeMs),
    ...bar('uplink', queueAt - uplinkMs, uplinkMs),
    ...bar('queue', queueAt, queueMs),
    ...bar('cloud', cloudAt, cloudMs),
    ...bar('downlink', downlinkAt, downlinkMs),
  ];
}

/** The bars of a frame whose two halves are known. */
function joinedBars(
  { deviceMs, encodeMs, uplinkMs, downlinkMs }: StageTimes,
  totalMs: number,
  { arrivedMs, completeMs, queueMs, runMs }: CloudView,
): TimelineBar[] {
  const sentAt = completeMs ?? arrivedMs;
  const runAt = sentAt + (queueMs ?? 0);
  return [
    ...bar('device', 0, deviceMs),
    ...bar('encode', deviceMs, encodeMs),
    ...bar('uplink', sentAt - uplinkMs, uplinkMs),
    ...bar('queue', sentAt, queueMs ?? 0),
    ...bar('cloud', runAt, runMs ?? 0),
    ...bar('downlink', totalMs - downlinkMs, downlinkMs),
  ];
}

function bar(stage: string, at: number, durationMs: number): TimelineBar[] {
  const fromMs = Math.max(0, at);
  return durationMs > 0 ? [{ stage, fromMs, toMs: Math.max(fromMs, at + durationMs) }] : [];
}
