/** Atomic replacement of files: readers see the old or the new content. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { asDiskFault } from './disk-full.js';

/** Replaces a file: writes a new one next to it, syncs and renames. Throws DISK_FULL or DISK_FAILED, and then leaves no other file. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const bytes = Buffer.from(content);
  const newPath = `${path}.new`;
  const file = opened(newPath);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
    renameSync(newPath, path);
  } catch (error) {
    rmSync(newPath, { force: true });
    throw asDiskFault(error, path);
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw asDiskFault(error, path);
  }
}
