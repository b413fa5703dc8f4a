/** The clocks of devices compared with the service's, and the transit time of record messages by them. */
import type { FrameRecord } from '../../wire/index.js';
import type { CloudHalf } from '../frames/cloud-half.js';
import type { Arrival } from '../frames/frame-row.js';
import { ClockOffset } from './clock-offset.js';

/** A record with what the cloud saw of its frame, where that is known. */
export type JoinedRecord = readonly [FrameRecord, CloudHalf | undefined];

/** An older record may have been made before the device's clock was set. */
const FRESH_MS = 10_000;
/** A longer transit looks like a clock that was set back, unless an answer in the same message shows the clock. */
const LIKELY_DELAY_MS = 1_000;

export class DeviceClocks {
  private readonly offsets = new Map<string, ClockOffset>();

  /**
   * Learns from a message that came in at a time, and says how it came. While the offset of the device's clock is unknown, so is the
   * transit time: frames are placed by the receipt and their age, and no error is stated.
   */
  place(device: string, receivedMs: number, joined: readonly JoinedRecord[]): Arrival {
    const unknown = { receivedMs, delayMs: 0, clockErrorMs: null };
    // A least age looks fresh, and says nothing of the clock.
    const fresh = joined.filter(
      ([{ ageMs, isAgeKnown = true }]) => isAgeKnown && ageMs <= FRESH_MS,
    );
    const [newest] = fresh.map(([record]) => record).sort((a, b) => a.ageMs - b.ageMs);
    if (newest === undefined) return unknown;
    const offset = this.offsets.get(device) ?? new ClockOffset();
    this.offsets.set(device, offset);
    const sentMs = Date.parse(newest.at) + newest.ageMs;
    offset.arrived(sentMs, receivedMs);
    let isShown = false;
    for (const [{ at, totalMs, outcome }, half] of fresh) {
      if (half === undefined || outcome !== 'cloud') continue;
      isShown = true;
      offset.received(half.endedMs, Date.parse(at) + totalMs, receivedMs);
    }
    const estimate = offset.estimate();
    if (estimate === null) return unknown;
    const delayMs = Math.max(0, receivedMs - sentMs - estimate.offsetMs);
    if (isShown) return { receivedMs, delayMs, clockErrorMs: estimate.errorMs };
    if (delayMs > LIKELY_DELAY_MS) return unknown;
    // What looks like transit may be a clock that was set back by so much.
    return { receivedMs, delayMs, clockErrorMs: Math.max(estimate.errorMs, delayMs) };
  }

  forget(device: string): void {
    this.offsets.delete(device);
  }
}
