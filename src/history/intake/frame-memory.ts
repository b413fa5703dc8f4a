/**
 * Values by device and frame, for a while: bounded per device and in total, the oldest of a device go first.
 *
 * A device that fills its own share changes nothing for the others. Where the total is reached, devices lose one value each in turn.
 */

export interface MemoryLimits {
  readonly ofDevice: number;
  readonly total: number;
}

export class FrameMemory<V> {
  private readonly byDevice = new Map<string, Map<string, V>>();
  private size = 0;

  constructor(private readonly limits: MemoryLimits) {}

  /** Keeps a value, in place of an older one of the same frame. */
  set(device: string, frame: string, value: V): void {
    this.take(device, frame);
    const own = this.byDevice.get(device) ?? new Map<string, V>();
    this.byDevice.set(device, own);
    own.set(frame, value);
    this.size += 1;
    if (own.size > this.limits.ofDevice) this.dropOldest(device, own);
    if (this.size > this.limits.total) this.dropNext();
  }

  /** Takes a value out; undefined where there is none. */
  take(device: string, frame: string): V | undefined {
    const own = this.byDevice.get(device);
    const value = own?.get(frame);
    if (own?.delete(frame) !== true) return undefined;
    this.size -= 1;
    if (own.size === 0) this.byDevice.delete(device);
    return value;
  }

  /** Drops all values of a device. */
  forget(device: string): void {
    this.size -= this.byDevice.get(device)?.size ?? 0;
    this.byDevice.delete(device);
  }

  private dropNext(): void {
    const next = this.byDevice.entries().next();
    if (next.done === true) return;
    const [device, own] = next.value;
    // Its turn is over.
    this.byDevice.delete(device);
    this.byDevice.set(device, own);
    this.dropOldest(device, own);
  }

  private dropOldest(device: string, own: Map<string, V>): void {
    const oldest = own.keys().next();
    if (oldest.done !== true) this.take(device, oldest.value);
  }
}
