import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../wire/index.js';
import { Clock } from '../clock.js';
import { checkDisk } from '../health/disk-health.js';
import { Health } from '../health/health.js';
import type { DiskReading } from './disk-state.js';
import { DiskWatch } from './disk-watch.js';

const MIB = 1024 ** 2;

/** A clock that a test moves. */
class MovedClock extends Clock {
  nowMs = 0;
  private readonly due: { atMs: number; task: () => void }[] = [];

  override monotonicMs(): number {
    return this.nowMs;
  }

  override after(ms: number, task: () => void) {
    const one = { atMs: this.nowMs + ms, task };
    this.due.push(one);
    return { cancel: () => void this.due.splice(this.due.indexOf(one) >>> 0, 1) };
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const { task } of this.due.filter(({ atMs }) => atMs <= this.nowMs)) task();
  }
}

const free = (freeMib: number): DiskReading => ({
  space: { freeBytes: freeMib * MIB, totalBytes: 1000 * MIB, freeInodes: 9 },
  trouble: undefined,
});

function watched(first: DiskReading | Error) {
  const clock = new MovedClock();
  const disk = { reading: first as DiskReading | Error | 'hangs', looks: 0 };
  const read = async (): Promise<DiskReading> => {
    disk.looks += 1;
    if (disk.reading === 'hangs') return new Promise(() => undefined);
    if (disk.reading instanceof Error) throw disk.reading;
    return disk.reading;
  };
  const config = { data: '/nowhere', diskReserveBytes: 64 * MIB };
  const watch = new DiskWatch(config, clock, pino({ level: 'silent' }), read);
  return { watch, disk, clock };
}

const codeOf = (pending: Promise<unknown>) =>
  pending.then(
    () => 'passed',
    (error: unknown) => (error instanceof Fault ? error.code : String(error)),
  );

/** What readiness says of the disk. */
async function readiness(watch: DiskWatch) {
  const health = new Health(new Clock());
  checkDisk(health, watch);
  const { isReady, checks } = await health.state();
  return { isReady, because: checks.disk?.because };
}

describe('DiskWatch', () => {
  it('keeps the reserve from large writes, and leaves it to small ones', async () => {
    const { watch, disk } = watched(free(100));
    expect(await codeOf(watch.expectRoom(36 * MIB))).toBe('passed');
    expect(await codeOf(watch.expectRoom(36 * MIB + 1))).toBe('DISK_FULL');
    for (const odd of [Number.NaN, -5, Number.POSITIVE_INFINITY, 0]) {
      expect(await codeOf(watch.expectRoom(odd))).toBe('passed');
    }
    disk.reading = free(63);
    expect(await codeOf(watch.expectRoom(0))).toBe('DISK_FULL');
    expect(await codeOf(watch.expectSmallRoom())).toBe('passed');
    expect(await readiness(watch)).toEqual({
      isReady: true,
      because:
        '63 MiB free on the disk of the data folder, 64 MiB in reserve: uploads are rejected',
    });
  });

  it('rejects small writes on a full disk, and accepts them at once when there is room', async () => {
    const { watch, disk } = watched(free(3));
    await watch.look();
    expect(await codeOf(watch.expectSmallRoom())).toBe('DISK_FULL');
    expect(await readiness(watch)).toMatchObject({ isReady: false });
    disk.reading = free(500);
    expect(await codeOf(watch.expectSmallRoom())).toBe('passed');
    expect(await readiness(watch)).toEqual({ isReady: true, because: undefined });
  });

  it('names a read-only disk and too many open files, and leaves small writes to the database', async () => {
    for (const code of ['DISK_FAILED', 'FILES_EXHAUSTED'] as const) {
      const { watch } = watched({
        ...free(500),
        trouble: { code, text: 'the words of the system' },
      });
      await watch.look();
      expect(await codeOf(watch.expectRoom(1))).toBe(code);
      expect(await codeOf(watch.expectSmallRoom())).toBe('passed');
      expect(await readiness(watch)).toEqual({
        ...{ isReady: false, because: 'the data folder: the words of the system' },
      });
    }
  });

  it('is neither full nor ready where the space is unknown', async () => {
    const { watch, disk } = watched(new Error('EIO: i/o error, statfs'));
    expect(watch.state.kind).toBe('unknown');
    expect(await codeOf(watch.expectRoom(900 * MIB))).toBe('passed');
    expect(await readiness(watch)).toMatchObject({ isReady: false });
    disk.reading = free(500);
    expect(await readiness(watch)).toMatchObject({ isReady: true });
  });

  it('takes a disk that does not answer for unknown, and waits for it with one look only', async () => {
    const { watch, disk, clock } = watched(free(500));
    await watch.look();
    disk.reading = 'hangs';
    const asked = [watch.look(), watch.look()];
    clock.pass(3_000);
    expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(['unknown', 'unknown']);
    const again = watch.look();
    clock.pass(3_000);
    await again;
    expect(disk.looks).toBe(2);
    expect(watch.state.because).toContain('has not answered');
  });

  it('counts faults of disks by reason, and no other', async () => {
    const { watch } = watched(free(500));
    for (const code of [
      'DISK_FULL',
      'DISK_FULL',
      'DISK_FAILED',
      'FILES_EXHAUSTED',
      'INTERNAL',
    ] as const) {
      watch.note(new Fault(code, 'x'));
    }
    expect(watch.counts()).toEqual({ full: 2, failed: 1, files: 1 });
  });

  it('names an I/O error of a full disk as that, and leaves one of a disk with room', async () => {
    const { watch, disk } = watched(free(1));
    await watch.look();
    const io = new Fault('DISK_FAILED', 'the disk of the database reports an I/O error');
    expect(watch.named(io)).toMatchObject({ code: 'DISK_FULL', cause: io });
    disk.reading = free(500);
    await watch.look();
    expect(watch.named(io)).toBe(io);
    const other = new Fault('MODEL_UNKNOWN', 'x');
    expect(watch.named(other)).toBe(other);
  });

  it('reports the trouble of a PostgreSQL server for a minute', () => {
    const { watch, clock } = watched(free(500));
    expect(watch.serverTrouble).toBeUndefined();
    watch.noteServer('the disk of the PostgreSQL server has no room');
    clock.pass(59_000);
    expect(watch.serverTrouble).toContain('PostgreSQL');
    clock.pass(2_000);
    expect(watch.serverTrouble).toBeUndefined();
  });
});
