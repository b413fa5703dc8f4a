/**
 * Memory of tensors that are not needed any more, for the next ones of the same length: a network's are alike in every frame,
 * and megabytes of fresh memory for each would keep the garbage collector busy on another core all the time.
 */
const MOST_BYTES = 64 * 1024 * 1024;

export class SpareBuffers {
  /** The least recently used first. */
  private readonly spare: Buffer[] = [];
  private bytes = 0;

  /** A buffer with memory of its own; what it holds is left over from something else. */
  take(length: number): Buffer {
    const at = this.spare.findIndex((buffer) => buffer.length === length);
    const [found] = at < 0 ? [] : this.spare.splice(at, 1);
    if (found === undefined) return Buffer.allocUnsafeSlow(length);
    this.bytes -= length;
    return found;
  }

  /** Nothing reads these any more. */
  give(buffers: readonly Buffer[]): void {
    for (const buffer of buffers) {
      this.spare.push(buffer);
      this.bytes += buffer.length;
    }
    while (this.bytes > MOST_BYTES) this.bytes -= this.spare.shift()?.length ?? 0;
  }
}
