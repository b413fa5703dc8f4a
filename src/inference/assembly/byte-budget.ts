/** Bounds the tensor bytes held for devices: each one's own share, and all together (faults.md, I2). */

export class ByteBudget {
  private usedTotal = 0;
  private readonly usedOf = new Map<string, number>();

  constructor(
    readonly deviceBytes: number,
    readonly totalBytes: number,
  ) {}

  /** Bytes held for all devices. */
  get usedBytes(): number {
    return this.usedTotal;
  }

  /** Bytes held for one device. */
  usedBy(device: string): number {
    return this.usedOf.get(device) ?? 0;
  }

  /** Takes bytes from both bounds, or none and answers which bound is in the way. */
  reserve(device: string, bytes: number): 'reserved' | 'device' | 'total' {
    const used = this.usedBy(device) + bytes;
    if (used > this.deviceBytes) return 'device';
    if (this.usedTotal + bytes > this.totalBytes) return 'total';
    this.usedOf.set(device, used);
    this.usedTotal += bytes;
    return 'reserved';
  }

  /** Gives bytes back that were reserved. */
  release(device: string, bytes: number): void {
    const left = this.usedBy(device) - bytes;
    if (left > 0) this.usedOf.set(device, left);
    else this.usedOf.delete(device);
    this.usedTotal -= bytes;
  }
}
