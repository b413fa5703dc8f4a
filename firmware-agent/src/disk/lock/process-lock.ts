/**
 * A lock that names its process, for folders that the kernel cannot lock: a link, which takes no room, or a file where the file system has
 * no links (FAT). It holds number and start time of the process, the start of the machine and the namespace of the number: a number
 * alone says nothing after a restart, nor in another container.
 */
import { readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelBootId } from '../../clock.js';

const FILE = 'agent.lock';
const UNKNOWN = '-';
/** States of proc_pid_stat(5) in which a process holds nothing any more: zombie and dead. */
const ENDED = ['Z', 'X', 'x'];

/** Who a process is, for a lock. Agents before 0.2 wrote the first two. */
export interface Holder {
  readonly pid: number;
  /** In ticks since the start of the machine (proc_pid_stat(5), field 22). */
  readonly startTime: string;
  readonly boot: string;
  readonly pidNamespace: string;
}

/** The process that holds the lock of a folder; undefined when none does. */
export function holderOf(folder: string): Holder | undefined {
  const text = readLock(join(folder, FILE));
  if (text === undefined) return undefined;
  const [pid = '', startTime = UNKNOWN, boot = UNKNOWN, pidNamespace = UNKNOWN] = text.split(' ');
  const holder = { pid: Number.parseInt(pid, 10), startTime, boot, pidNamespace };
  return mayHold(holder) ? holder : undefined;
}

/** Takes the lock in the name of this process; false when another was quicker. */
export function takeLock(folder: string): boolean {
  const path = join(folder, FILE);
  const { pid, startTime, boot, pidNamespace } = self();
  const text = [pid, startTime, boot, pidNamespace].join(' ');
  try {
    try {
      symlinkSync(text, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
      writeFileSync(path, text, { flag: 'wx' });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock, also one that an ended process left. */
export function removeLock(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}

/** Whether a holder may be at work. Of another namespace that is unknown, which counts as yes. */
export function mayHold(holder: Holder, me: Holder = self()): boolean {
  if (!(holder.pid > 0)) return false;
  const differs = (a: string, b: string): boolean => a !== UNKNOWN && b !== UNKNOWN && a !== b;
  if (differs(holder.boot, me.boot)) return false;
  if (differs(holder.pidNamespace, me.pidNamespace)) return true;
  if (holder.pid === me.pid) return false;
  const found = processOf(holder.pid);
  return found !== undefined && !differs(found.startTime, holder.startTime);
}

/** This process as a holder. A start that the kernel does not name is unknown: two unknown ones do not differ. */
export function self(bootFile?: string): Holder {
  const startTime = processOf(process.pid)?.startTime ?? UNKNOWN;
  const boot = kernelBootId(bootFile) ?? UNKNOWN;
  return { pid: process.pid, startTime, boot, pidNamespace: namespaceOf() };
}

/** A process that has not ended; without /proc its start time is unknown. */
function processOf(pid: number): { readonly startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ENDED.includes(fields[0] ?? '') ? undefined : { startTime: fields[19] ?? UNKNOWN };
  } catch {
    return isAlive(pid) ? { startTime: UNKNOWN } : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function namespaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return UNKNOWN;
  }
}

/** Undefined when there is none, or when it is gone by now. */
function readLock(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  }
}
