import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.js';
import { bootId } from '../../clock.js';
import { createLog } from '../../log.js';
import { lockFolder } from './data-lock.js';
import { type Holder, mayHold, self as processSelf } from './process-lock.js';

let folder: string;
let logged: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-lock-'));
  logged = '';
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const log = createLog('info', (text) => {
  logged += text;
});
const lock = () => lockFolder(folder, log);
const file = () => join(folder, 'agent.lock');
const locked = expect.objectContaining({ code: 'DATA_LOCKED' });
const canLock =
  spawnSync('flock', ['--version']).error === undefined && existsSync('/proc/self/stat');

/** A child whose first line has come. */
async function started(command: string, ...words: string[]): Promise<[ChildProcess, string]> {
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return [child, line.toString().trim()];
}
const startTimeOf = (pid: number | string): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')[19] ?? '';

describe.skipIf(!canLock)('the lock of a data folder', () => {
  it('is held by one agent at a time, and leaves nothing behind', () => {
    const unlock = lock();
    expect(lock).toThrow(locked);
    unlock();
    lock()();
    expect([existsSync(file()), logged]).toEqual([false, '']);
  });

  it('ends with the process that holds it, by kill −9', async () => {
    const [holder] = await started('flock', folder, '-c', 'echo held; exec cat');
    expect(lock).toThrow(locked);
    // The command has the same open file as the program that locked it.
    holder.stdin?.destroy();
    holder.kill('SIGKILL');
    await waitFor(() => lock()());
  });

  it('is free when a link names a process that has ended, or this process', () => {
    for (const left of [`${2 ** 22 + 1} 1`, `${process.pid} ${startTimeOf(process.pid)}`]) {
      symlinkSync(left, file());
      lock()();
      expect(existsSync(file())).toBe(false);
    }
  });

  it('is held by a living agent of an earlier version', async () => {
    const [{ pid = 0 }] = await started('sh', '-c', 'echo started; exec cat');
    symlinkSync(`${pid} ${startTimeOf(pid)}`, file());
    expect(lock).toThrow(locked);
  });

  it('is one of process numbers without flock, which is logged', async () => {
    vi.stubEnv('PATH', folder);
    const unlock = lock();
    expect(logged).toContain('flock cannot be used');
    unlock();
    expect(existsSync(file())).toBe(false);
    const [{ pid = 0 }] = await started('/bin/sh', '-c', 'echo started; exec /bin/cat');
    writeFileSync(file(), `${pid} ${startTimeOf(pid)} ${bootId()} -`);
    expect(lock).toThrow(locked);
  });
});

describe.skipIf(!canLock)('a process that a lock names', () => {
  const me = { boot: 'boot', pidNamespace: 'pid:[1]' };
  const self: Holder = { ...me, pid: process.pid, startTime: '1' };

  it('is not at work when it is a zombie', async () => {
    // The child of a program that does not wait for it.
    const [, pid] = await started('sh', '-c', 'sleep 0 & echo $!; exec cat');
    const stateOf = () => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
    await waitFor(() => expect(stateOf()).toBe('Z'));
    const zombie = { ...me, pid: Number(pid), startTime: startTimeOf(pid) };
    expect(mayHold(zombie, self)).toBe(false);
  });

  it('is not at work when the machine has started since, though its number is in use', async () => {
    const [{ pid = 0 }] = await started('sh', '-c', 'echo started; exec cat');
    const holder = { ...me, pid, startTime: startTimeOf(pid) };
    expect(mayHold(holder, self)).toBe(true);
    expect(mayHold({ ...holder, startTime: '7' }, self)).toBe(false);
    expect(mayHold({ ...holder, boot: 'an earlier boot' }, self)).toBe(false);
  });

  it('may be at work in another container, whatever its number', () => {
    expect(mayHold({ ...self, pidNamespace: 'pid:[2]' }, self)).toBe(true);
    expect(mayHold({ ...self, pidNamespace: 'pid:[2]', boot: 'an earlier boot' }, self)).toBe(
      false,
    );
    expect(mayHold(self, self)).toBe(false);
  });

  it('is a live process where the kernel names no start of the machine', () => {
    const own = processSelf(join(folder, 'none'));
    expect(own.boot).toBe('-');
    expect(mayHold({ ...own, pid: process.ppid, startTime: '-' }, own)).toBe(true);
  });
});
