/**
 * What the operating system says when a file cannot be written or opened, as codes of faults.
 *
 * The names and their meanings are those of errno (POSIX.1-2024, System Interfaces, 2.3). Agent and service share the table.
 */

/** Codes of faults for a disk without room, a disk that fails, and too many open files. */
export type FileFaultCode = 'DISK_FULL' | 'DISK_FAILED' | 'FILES_EXHAUSTED';

export interface FileTrouble {
  readonly code: FileFaultCode;
  /** What it means, without a path. */
  readonly text: string;
}

const TROUBLES: Readonly<Record<string, FileTrouble>> = {
  ENOSPC: { code: 'DISK_FULL', text: 'no room or no inode is left on the disk' },
  EDQUOT: { code: 'DISK_FULL', text: 'the disk quota is used up' },
  EROFS: { code: 'DISK_FAILED', text: 'the file system is read-only' },
  EIO: { code: 'DISK_FAILED', text: 'the disk reports an I/O error' },
  ENODEV: { code: 'DISK_FAILED', text: 'the disk is gone' },
  ENXIO: { code: 'DISK_FAILED', text: 'the disk is gone' },
  ESTALE: { code: 'DISK_FAILED', text: 'the network file system has lost the folder' },
  EACCES: { code: 'DISK_FAILED', text: 'the permissions of the folder do not allow it' },
  EPERM: { code: 'DISK_FAILED', text: 'the permissions of the folder do not allow it' },
  EMFILE: { code: 'FILES_EXHAUSTED', text: 'the process has too many open files' },
  ENFILE: { code: 'FILES_EXHAUSTED', text: 'the machine has too many open files' },
};

/** Calls that use the same errno for something else: inotify’s limit of watches is ENOSPC, a closed port EACCES, a dead process EPERM. */
const OTHER_CALLS = /^(watch|inotify\w*|listen|bind|connect|kill|spawn\b.*|uv_\w+|set\w+)$/;
/** True for a code of this table. */
export function isFileFaultCode(code: string): code is FileFaultCode {
  return Object.values(TROUBLES).some((trouble) => trouble.code === code);
}

/** The trouble of an error of Node’s file functions, or of its cause; undefined for any other error. */
export function fileTroubleOf(error: unknown): FileTrouble | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  const key = String(code);
  const trouble = Object.hasOwn(TROUBLES, key) ? TROUBLES[key] : undefined;
  if (trouble === undefined) return fileTroubleOf(error.cause);
  const isOther = trouble.code !== 'FILES_EXHAUSTED' && OTHER_CALLS.test(String(syscall));
  return isOther ? undefined : { ...trouble, text: `${trouble.text} (${key})` };
}
