/** Files that are either the old or the new one, whatever happens in between. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { asDiskFault } from './disk-full.js';

/** Replaces a file: written beside it, synced, renamed. Throws DISK_FULL, and leaves nothing beside it then. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const bytes = Buffer.from(content);
  const beside = `${path}.new`;
  const file = openSync(beside, 'w', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw asDiskFault(error, path);
  } finally {
    closeSync(file);
  }
}
