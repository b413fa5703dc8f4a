/** The disk in readiness: a full, failing or unknown one is not ready; one below its reserve is, with a remark. */
import type { DiskWatch } from '../disk/disk-watch.js';
import type { Health } from './health.js';

/** Adds the check `disk`. */
export function checkDisk(health: Pick<Health, 'register'>, disk: Pick<DiskWatch, 'look'>): void {
  health.register('disk', async () => {
    const { kind, because } = await disk.look();
    if (kind === 'fine') return undefined;
    if (kind === 'low') return because;
    throw new Error(because);
  });
}
