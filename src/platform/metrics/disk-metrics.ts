/** Metrics of the disk of the data folder. */
import type { DiskWatch } from '../disk/disk-watch.js';
import type { Metrics } from './metrics.js';

/** Shows the last look at the disk, and the faults that requests, records and examinations met. */
export function countDisk(metrics: Metrics, disk: Pick<DiskWatch, 'state' | 'counts'>): void {
  const known = (bytes: number | undefined) => bytes ?? Number.NaN;
  metrics.gauge(
    'flotilla_disk_free_bytes',
    'Free space on the disk of the data folder; NaN when unknown',
    () => known(disk.state.freeBytes),
  );
  metrics.gauge(
    'flotilla_disk_reserve_bytes',
    'Free space that large writes must leave; NaN when unknown',
    () => known(disk.state.reserveBytes),
  );
  metrics.gauge(
    'flotilla_disk_known',
    '1 when the last look at the disk gave an answer, otherwise 0',
    () => Number(disk.state.kind !== 'unknown'),
  );
  metrics.gauge(
    'flotilla_disk_writable',
    '0 when the last look found the disk full or failing, otherwise 1',
    () => Number(disk.state.kind !== 'full' && disk.state.kind !== 'failing'),
  );
  metrics.counts(
    'flotilla_disk_faults_total',
    'Faults of a disk that requests, records and examinations met',
    'reason',
    () => disk.counts(),
  );
}
