/**
 * Judges the disk of the data folder by two readings: the free space that statfs reports, and whether a small file can be written.
 *
 * Neither is enough. A quota, a read-only remount and the limit of open files do not show in statfs, and a small file still
 * fits when an upload does not. A reading that failed says nothing: it is neither full nor fine.
 */
import type { FileTrouble } from '../../wire/index.js';

/** Free space for the user of the service. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Undefined where the file system has no fixed number of inodes, such as btrfs. */
  readonly freeInodes: number | undefined;
}

export interface DiskReading {
  /** Free space, or why it is unknown. */
  readonly space: DiskSpace | string;
  /** Why a small file could not be written; undefined when it could. */
  readonly trouble: FileTrouble | undefined;
}

export interface DiskState {
  /** `low` is below the reserve: large writes are rejected. `full` is below its floor: every write that adds something is. */
  readonly kind: 'fine' | 'low' | 'full' | 'failing' | 'unknown';
  /** For operators; empty when all is fine. */
  readonly because: string;
  /** Bytes; undefined when unknown. */
  readonly freeBytes: number | undefined;
  /** Bytes kept for small writes; undefined while the size of the disk, on which the default depends, is unknown. */
  readonly reserveBytes: number | undefined;
  /** What the write of a small file met. */
  readonly trouble: FileTrouble | undefined;
}

/** Numbers of statfs (Linux statfs(2), POSIX fstatvfs). */
interface StatFs {
  readonly bavail: number;
  readonly bsize: number;
  readonly blocks: number;
  readonly files: number;
  readonly ffree: number;
}

const MIB = 1024 ** 2;
const DEFAULT_RESERVE_BYTES = 256 * MIB;
const DEFAULT_RESERVE_SHARE = 0.1;
/** Of the reserve: enough room for a write that has begun to end. */
const FLOOR_SHARE = 1 / 16;

/** The space that statfs reports; a reason when the numbers make no sense, as those of some FUSE file systems. */
export function spaceOf({ bavail, bsize, blocks, files, ffree }: StatFs): DiskSpace | string {
  const isNatural = [bavail, bsize, blocks, files, ffree].every((one) => one >= 0 && one < 2 ** 63);
  const isPlausible = isNatural && blocks * bsize > 0 && bavail <= blocks && ffree <= files;
  if (!isPlausible) {
    return `free space unknown: statfs reports ${bavail} of ${blocks} blocks, ${ffree} of ${files} inodes`;
  }
  const freeInodes = files > 0 ? ffree : undefined;
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeInodes };
}

/** The reserve in bytes: as set, or 256 MiB, at most a tenth of the disk. */
export function reserveOf(set: number | undefined, totalBytes: number): number {
  if (set !== undefined) return set;
  return Math.min(DEFAULT_RESERVE_BYTES, Math.floor(DEFAULT_RESERVE_SHARE * totalBytes));
}

/** Judges a reading. A reserve of 0 turns off the watch over free space; the small file is still written. */
export function stateOf({ space, trouble }: DiskReading, setReserve?: number): DiskState {
  const known = typeof space === 'string' ? undefined : space;
  const reserveBytes = known === undefined ? setReserve : reserveOf(setReserve, known.totalBytes);
  const common = { freeBytes: known?.freeBytes, reserveBytes, trouble };
  if (trouble !== undefined) {
    const kind = trouble.code === 'DISK_FULL' ? 'full' : 'failing';
    return { ...common, kind, because: `the data folder: ${trouble.text}` };
  }
  if (reserveBytes === 0) return { ...common, kind: 'fine', because: '' };
  if (typeof space === 'string') return { ...common, kind: 'unknown', because: space };
  const reserve = reserveBytes ?? 0;
  const { freeBytes, freeInodes } = space;
  if (freeInodes === 0) {
    return { ...common, kind: 'full', because: 'the disk of the data folder has no free inode' };
  }
  const text = `${mib(freeBytes)} free on the disk of the data folder, ${mib(reserve)} in reserve`;
  if (freeBytes < FLOOR_SHARE * reserve) return { ...common, kind: 'full', because: text };
  if (freeBytes < reserve) {
    return { ...common, kind: 'low', because: `${text}: uploads are rejected` };
  }
  return { ...common, kind: 'fine', because: '' };
}

/** Bytes as MiB, for people. */
export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`;
}
