/** What devices sent in a time and how often their frames came, from whole days and the frames that are in none yet. */
import type { AddedTraffic, TrafficStore } from './traffic.store.js';

export interface DeviceTraffic {
  readonly sentBytes: number;
  readonly frames: number;
  /** Start of the first of these frames, in ms since 1970; null without any. */
  readonly firstMs: number | null;
}

/** Devices, and the begins of the days (UTC, in ms since 1970) from which bytes and frames count. */
export interface TrafficQuestion {
  readonly devices: readonly string[];
  readonly bytesFromMs: number;
  readonly framesFromMs: number;
}

/** By device; devices without frames are left out. `upTo` is the last frame that is in the days; no frame is folded meanwhile. */
export async function trafficSince(
  store: TrafficStore,
  upTo: number,
  { devices, bytesFromMs, framesFromMs }: TrafficQuestion,
): Promise<Map<string, DeviceTraffic>> {
  const fromMs = Math.min(bytesFromMs, framesFromMs);
  const days: AddedTraffic[] = [
    ...(await store.unfolded(devices, fromMs, upTo)),
    ...(await store.since(devices, fromMs)),
  ];
  const found = new Map<string, DeviceTraffic>();
  for (const day of days) {
    const before = found.get(day.device) ?? { sentBytes: 0, frames: 0, firstMs: null };
    const [hasBytes, hasFrames] = [day.dayMs >= bytesFromMs, day.dayMs >= framesFromMs];
    const firstMs = hasFrames ? Math.min(before.firstMs ?? day.firstMs, day.firstMs) : null;
    found.set(day.device, {
      sentBytes: before.sentBytes + (hasBytes ? day.sentBytes : 0),
      frames: before.frames + (hasFrames ? day.frames : 0),
      firstMs: firstMs ?? before.firstMs,
    });
  }
  return found;
}
