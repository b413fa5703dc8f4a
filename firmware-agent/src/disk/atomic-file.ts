/** Files that are either the old or the new one, whatever happens in between. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/** Replaces a file: written beside it, synced, renamed. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const bytes = Buffer.from(content);
  const beside = `${path}.new`;
  const file = openSync(beside, 'w', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
}
