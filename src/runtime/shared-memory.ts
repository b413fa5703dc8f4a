/**
 * Memory that a process shares with its child, for the bytes of tensors: a file without a name in /dev/shm. Through a pipe they
 * pass 200 KB at a time, and both sides wake up for each piece; here each side copies them once.
 * Where there is no such memory, or no room in it, they travel on the pipe.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';

const FOLDER = '/dev/shm';
/** Of a child; only what was once used takes memory. */
const CAPACITY_BYTES = 32 * 1024 * 1024;
/** Fewer bytes are as quick on the pipe. */
const WORTHWHILE_BYTES = 32 * 1024;

interface Region {
  readonly call: number;
  readonly start: number;
  readonly end: number;
}

export class SharedMemory {
  /** Of calls under way, in order of place. */
  private regions: readonly Region[] = [];
  private isFull = false;

  private constructor(readonly fd: number) {}

  /** Undefined where the system has no such memory. */
  static open(): SharedMemory | undefined {
    const path = `${FOLDER}/flotilla-${randomUUID()}`;
    try {
      const fd = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return new SharedMemory(fd);
    } catch {
      return undefined;
    }
  }

  /** Copies a buffer of a call in and says where it is; null when it is to travel on the pipe. */
  put(call: number, buffer: Uint8Array): number | null {
    if (this.isFull || buffer.length < WORTHWHILE_BYTES) return null;
    const start = this.placeFor(buffer.length);
    if (start === undefined || !this.copy(buffer, start)) return null;
    const region = { call, start, end: start + buffer.length };
    this.regions = [...this.regions, region].sort((a, b) => a.start - b.start);
    return start;
  }

  /** The call is over: its bytes are not needed any more. */
  free(call: number): void {
    this.regions = this.regions.filter((region) => region.call !== call);
  }

  close(): void {
    closeSync(this.fd);
  }

  /** The first gap: memory that was used a moment ago is still in the processor's cache. */
  private placeFor(bytes: number): number | undefined {
    let start = 0;
    for (const region of this.regions) {
      if (start + bytes <= region.start) break;
      start = region.end;
    }
    return start + bytes <= CAPACITY_BYTES ? start : undefined;
  }

  private copy(buffer: Uint8Array, start: number): boolean {
    try {
      for (let done = 0; done < buffer.length; ) {
        done += writeSync(this.fd, buffer, done, buffer.length - done, start + done);
      }
      return true;
    } catch {
      // The machine gives no more of it; what there was is of no use if every frame has to find that out.
      this.isFull = true;
      return false;
    }
  }
}
