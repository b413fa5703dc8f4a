/**
 * Watches the disk of the data folder before it ends, and says by name what a write would meet.
 *
 * Looks are asynchronous and never overlap: a network file system that hangs holds up one look, not the event loop. A look that
 * has not come back makes the state unknown.
 */
import { open, rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Fault, type FileFaultCode, fileTroubleOf, isFileFaultCode } from '../../wire/index.js';
import type { Clock, Timer } from '../clock.js';
import type { Config } from '../config/config.js';
import type { Log } from '../log.js';
import { type DiskReading, type DiskState, mib, spaceOf, stateOf } from './disk-state.js';

const EVERY_MS = 5_000;
/** A look that takes longer says that the disk hangs. */
const HANGS_MS = 3_000;
const PROBE_BYTES = 4_096;
/** One name: only one service uses the folder, and the next look writes over what a killed one left. */
const PROBE = '.probe';
/** How long the trouble of a PostgreSQL server, whose disk cannot be looked at, is reported after the last failed write. */
const SERVER_TROUBLE_MS = 60_000;

/** Takes a reading; a test may take it elsewhere. */
export type ReadDisk = (folder: string) => Promise<DiskReading>;

/** Faults since the start that requests, records or examinations met. */
export type DiskCounts = Readonly<Record<'full' | 'failed' | 'files', number>>;

const REASON: Readonly<Record<FileFaultCode, keyof DiskCounts>> = {
  DISK_FULL: 'full',
  DISK_FAILED: 'failed',
  FILES_EXHAUSTED: 'files',
};
const UNREAD = { space: 'free space unknown: not read yet', trouble: undefined };

export class DiskWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly folder: string;
  private readonly reserve: number | undefined;
  private readonly counted = { full: 0, failed: 0, files: 0 };
  private current: DiskState;
  private isRead = false;
  private looking: Promise<DiskState> | undefined;
  private timer: Timer | undefined;
  private ofServer: { readonly because: string; readonly atMs: number } | undefined;

  constructor(
    { data, diskReserveBytes }: Pick<Config, 'data' | 'diskReserveBytes'>,
    private readonly clock: Clock,
    private readonly log: Pick<Log, 'warn' | 'info'>,
    private readonly read: ReadDisk = readDisk,
  ) {
    this.folder = resolve(data);
    this.reserve = diskReserveBytes;
    this.current = stateOf(UNREAD, this.reserve);
  }

  async onModuleInit(): Promise<void> {
    await this.look();
    this.timer = this.clock.every(EVERY_MS, () => void this.look());
  }

  onApplicationShutdown(): void {
    this.timer?.cancel();
  }

  /** As the last look found it. */
  get state(): DiskState {
    return this.current;
  }

  /** Looks now; requests at the same time share a look. */
  look(): Promise<DiskState> {
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = undefined;
    });
    return this.withinLimit(this.looking);
  }

  /**
   * Throws DISK_FULL when a large write of this size would take from the reserve, and what else keeps files from being
   * written. Where the space is unknown the write is tried.
   */
  async expectRoom(bytes: number): Promise<void> {
    const state = await this.look();
    const { freeBytes, reserveBytes = 0, kind, trouble, because } = state;
    if (kind === 'full') throw new Fault('DISK_FULL', because);
    if (kind === 'failing') throw new Fault(trouble?.code ?? 'DISK_FAILED', because);
    if (reserveBytes === 0 || freeBytes === undefined) return;
    // A length that is no number of bytes is no reason to reject: the write itself is limited.
    const needed = Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
    if (freeBytes - needed >= reserveBytes) return;
    const need = needed === 0 ? '' : `, and this needs ${mib(needed)}`;
    throw new Fault(
      'DISK_FULL',
      `the disk of the service has ${mib(freeBytes)} free, of which ${mib(reserveBytes)} are reserved${need}`,
    );
  }

  /**
   * Throws DISK_FULL when small writes find no room either; the reserve is for these. A request is judged by the look of the last
   * seconds when that found room, otherwise by one of now. Other troubles are left to the write: open files can still be written.
   */
  async expectSmallRoom(): Promise<void> {
    if (this.current.kind !== 'full') return;
    const { kind, because } = await this.look();
    if (kind === 'full') throw new Fault('DISK_FULL', because);
  }

  /** Counts a fault of a disk that something met, and looks at the disk again; other faults are not counted. */
  note({ code }: Fault): void {
    if (!isFileFaultCode(code)) return;
    this.counted[REASON[code]] += 1;
    void this.look();
  }

  /** SQLite reports a file that it could not make, or a quota, as an I/O error: on a full disk the fault is that. */
  named(fault: Fault): Fault {
    const { kind, because } = this.current;
    if (fault.code !== 'DISK_FAILED' || kind !== 'full') return fault;
    return new Fault('DISK_FULL', because, { cause: fault });
  }

  /** Notes a trouble of the disk of a PostgreSQL server, which only its own answers show. */
  noteServer(because: string): void {
    this.ofServer = { because, atMs: this.clock.monotonicMs() };
  }

  /** Why the PostgreSQL server stored nothing within the last minute. */
  get serverTrouble(): string | undefined {
    const { ofServer } = this;
    const isOver =
      ofServer === undefined || this.clock.monotonicMs() - ofServer.atMs > SERVER_TROUBLE_MS;
    return isOver ? undefined : ofServer.because;
  }

  counts(): DiskCounts {
    return { ...this.counted };
  }

  private async lookOnce(): Promise<DiskState> {
    const reading = await this.read(this.folder).catch(
      (error: unknown): DiskReading => ({ ...UNREAD, space: `free space unknown: ${error}` }),
    );
    return this.found(stateOf(reading, this.reserve));
  }

  /** A look that takes too long goes on; until it ends, the state is unknown. */
  private async withinLimit(looking: Promise<DiskState>): Promise<DiskState> {
    let timer: Timer | undefined;
    const late = new Promise<DiskState>((done) => {
      timer = this.clock.after(HANGS_MS, () => {
        const space = `free space unknown: the disk has not answered for ${HANGS_MS / 1000} s`;
        done(this.found(stateOf({ space, trouble: undefined }, this.reserve)));
      });
    });
    try {
      return await Promise.race([looking, late]);
    } finally {
      timer?.cancel();
    }
  }

  private found(state: DiskState): DiskState {
    const { kind, because, freeBytes } = state;
    const isNews = kind !== (this.isRead ? this.current.kind : 'fine');
    this.isRead = true;
    if (isNews) {
      if (kind === 'fine') this.log.info({ freeBytes }, 'disk has room');
      else this.log.warn({ kind, freeBytes }, because);
    }
    this.current = state;
    return state;
  }
}

/** Asks for the free space and writes a small file, which shows quotas, a read-only remount, and the limit of open files. */
export async function readDisk(folder: string): Promise<DiskReading> {
  const space = await statfs(folder).then(spaceOf, (error: Error) => {
    return `free space unknown: ${fileTroubleOf(error)?.text ?? error.message}`;
  });
  const path = join(folder, PROBE);
  try {
    const file = await open(path, 'w');
    try {
      await file.write(Buffer.alloc(PROBE_BYTES));
    } finally {
      await file.close();
    }
    return { space, trouble: undefined };
  } catch (error) {
    return { space, trouble: troubleOf(error) };
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Anything that keeps a file from being written is a trouble, also one that the table does not know. */
function troubleOf(error: unknown) {
  const text = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return (
    fileTroubleOf(error) ?? { code: 'DISK_FAILED' as const, text: `cannot be written (${text})` }
  );
}
