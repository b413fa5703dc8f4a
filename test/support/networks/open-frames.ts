/** Unfinished frames in the ledger of an agent. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEntries } from '../../../firmware-agent/src/disk/ledger-entry.js';

/** Ids of the frames that were begun and not finished, by the ledger in a device's data folder. */
export async function openFrames(deviceFolder: string): Promise<string[]> {
  const open = new Set<string>();
  const { entries } = decodeEntries(await readFile(join(deviceFolder, 'ledger')));
  for (const entry of entries) {
    if (entry.kind === 'begun') open.add(entry.begun.frame);
    if (entry.kind === 'finished') open.delete(entry.finished.record.frame);
  }
  return [...open];
}
