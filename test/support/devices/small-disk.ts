/**
 * A small real filesystem that a test can fill: a tmpfs in a mount namespace of its own, reached by way of the process that
 * holds it. No other process sees the mount, and it ends with that process, however the test ends.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** As root a mount namespace is enough; others need a user namespace to mount in. */
const NAMESPACES = process.getuid?.() === 0 ? ['-m', '-Urm'] : ['-Urm'];
const HOLD = 'mount -t tmpfs -o "mode=700,size=$1" tmpfs "$2" && echo held && exec cat';
const PAGE_BYTES = 4096;

export class SmallDisk {
  private constructor(
    private readonly holder: ChildProcess,
    /** Where processes that run `within` find it. */
    readonly mountPoint: string,
    /**
     * A command that runs a program in its mount namespace. SQLite needs this: it resolves the links of a path by itself, and
     * those of `folder` lead elsewhere.
     */
    readonly within: readonly string[],
    /** The root folder of the disk, for this process and those it starts. */
    readonly folder: string,
  ) {}

  /** A disk of a given size in bytes, or the reason why this machine cannot have one. */
  static async make(bytes: number): Promise<SmallDisk | string> {
    let why = '';
    const mountPoint = mkdtempSync(join(tmpdir(), 'flotilla-disk-'));
    for (const namespaces of NAMESPACES) {
      const words = [namespaces, 'sh', '-c', HOLD, 'sh', `${bytes}`, mountPoint];
      const holder = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'pipe'] });
      const answer = await firstLine(holder);
      if (answer === 'held') {
        const into = namespaces === '-m' ? ['-m'] : ['-U', '-m', '--preserve-credentials'];
        const within = ['nsenter', '-t', `${holder.pid}`, ...into];
        const folder = `/proc/${holder.pid}/root${mountPoint}`;
        return new SmallDisk(holder, mountPoint, within, folder);
      }
      why = answer;
    }
    rmdirSync(mountPoint);
    return `no filesystem can be mounted here: ${why}`;
  }

  /** Takes all room that is left. */
  fill(): void {
    const file = openSync(this.fillerPath, 'w');
    try {
      for (;;) writeSync(file, Buffer.alloc(PAGE_BYTES));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  free(): void {
    rmSync(this.fillerPath, { force: true });
  }

  /** Makes it read-only or writable; no file of it may be open for writing. */
  remount(mode: 'ro' | 'rw'): void {
    const [command = '', ...words] = this.within;
    execFileSync(command, [...words, 'mount', '-o', `remount,${mode}`, this.mountPoint]);
  }

  async remove(): Promise<void> {
    const closed = once(this.holder, 'close');
    this.holder.kill('SIGKILL');
    await closed;
    rmdirSync(this.mountPoint);
  }

  private get fillerPath(): string {
    return join(this.folder, 'filler');
  }
}

/** The first line a process says, to complain or not. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    for (const input of [child.stdout, child.stderr]) {
      if (input) createInterface({ input }).once('line', resolve);
    }
    child.once('close', (code) => resolve(`unshare ended with ${code}`));
  });
}
