/** The clocks of devices compared with the service's, and the transit time of record messages by them. */
import type { FrameRecord } from '../../wire/index.js';
import type { CloudHalf } from '../frames/cloud-half.js';
import type { Arrival } from '../frames/frame-row.js';
import { ClockOffset } from './clock-offset.js';

/** A record with what the cloud saw of its frame, where that is known. */
export type JoinedRecord = readonly [FrameRecord, CloudHalf | undefined];

/** An older record may have been made before the device's clock was set. */
const FRESH_MS = 10_000;

export class DeviceClocks {
  private readonly offsets = new Map<string, ClockOffset>();

  /** Learns from a message that came in at a time, and says how it came. */
  place(device: string, receivedMs: number, joined: readonly JoinedRecord[]): Arrival {
    const fresh = joined.filter(([{ ageMs }]) => ageMs <= FRESH_MS);
    const [newest] = fresh.map(([record]) => record).sort((a, b) => a.ageMs - b.ageMs);
    if (newest === undefined) return { receivedMs, delayMs: 0, clockErrorMs: null };
    const offset = this.offsets.get(device) ?? new ClockOffset();
    this.offsets.set(device, offset);
    const sentMs = Date.parse(newest.at) + newest.ageMs;
    offset.arrived(sentMs, receivedMs);
    for (const [{ at, totalMs, outcome }, half] of fresh) {
      if (half === undefined || outcome !== 'cloud') continue;
      offset.received(half.endedMs, Date.parse(at) + totalMs, receivedMs);
    }
    const estimate = offset.estimate(newest.link?.rttMs ?? 0);
    const delayMs = Math.max(0, receivedMs - sentMs - (estimate?.offsetMs ?? 0));
    return { receivedMs, delayMs, clockErrorMs: estimate?.errorMs ?? null };
  }

  forget(device: string): void {
    this.offsets.delete(device);
  }
}
