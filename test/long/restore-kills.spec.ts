/**
 * `flotilla db restore` is killed before each of its changes of files, over a database whose service was killed too: what is there
 * afterwards is the old database or the new one, whole, the service starts on it, and the restore can be run again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/platform/database/database.js';
import { programs, Service } from '../support/processes/processes.js';

/** Run before the program: ends it before the call of a number, of those that change files or wait for the disk. */
const ENDS_AT_CALL = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  let left = Number(process.env.END_AT_CALL);
  for (const name of ['copyFileSync', 'fsyncSync', 'linkSync', 'mkdirSync', 'renameSync', 'rmSync']) {
    const real = fs[name];
    fs[name] = (...args) => {
      if (left-- === 0) process.kill(process.pid, 'SIGKILL');
      return real(...args);
    };
  }
  syncBuiltinESMExports();
`)}`;
const OLD = ['old-1', 'old-2', 'old-3'];
const NEW = ['new-1', 'new-2'];
const MIN_CALLS = 10;
/** The whole service starts after each fifth kill. */
const STARTED = 5;

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-restore-kills-'));
  for (const [name, devices] of [
    ['old', OLD],
    ['new', NEW],
  ] as const) {
    const service = await Service.start({ data: at(name) });
    for (const device of devices) await service.addDevice(device);
    // Its log stays behind.
    await service.process.stop('SIGKILL');
  }
  expect(await cli(['backup', at('backup.db'), '--data', at('new')])).toBe(0);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The exit code of `flotilla db`; null when it was killed before call `end`. */
async function cli(words: readonly string[], end = Number.POSITIVE_INFINITY) {
  const args = ['--import', ENDS_AT_CALL, programs.cli, 'db', ...words];
  const env = { PATH: process.env.PATH, END_AT_CALL: `${end}` };
  const child = spawn(process.execPath, args, { stdio: 'ignore', env });
  const [code] = await once(child, 'exit');
  return code as number | null;
}

/** By the service, or by its part that opens the database. */
async function devicesIn(data: string, isStarted: boolean): Promise<string[]> {
  if (!isStarted) {
    const database = await openDatabase(
      { data, databaseUrl: undefined },
      pino({ level: 'silent' }),
    );
    const found = await database.client.device.findMany({ orderBy: { id: 'asc' } });
    await database.onApplicationShutdown();
    return found.map(({ id }) => id);
  }
  const service = await Service.start({ data });
  const path = '/api/v1/devices';
  const { devices } = await service.request<{ devices: { id: string }[] }>('GET', path);
  await service.stop();
  return devices.map(({ id }) => id).sort();
}

it('a restore that is killed at any step leaves the old database or the new one, and can be run again', {
  timeout: 600_000,
}, async () => {
  const found = { old: 0, new: 0 };
  let calls = 0;
  for (let isKilled = true; isKilled; calls += 1) {
    const data = at(`place-${calls}`);
    await cp(at('old'), data, { recursive: true });
    const restore = ['restore', at('backup.db'), '--data', data];
    const code = await cli(restore, calls);
    isKilled = code === null;
    if (!isKilled) expect(code).toBe(0);
    const devices = await devicesIn(data, calls % STARTED === 0);
    expect([OLD.join(), NEW.toSorted().join()], `call ${calls}`).toContain(devices.join());
    found[devices.join() === OLD.join() ? 'old' : 'new'] += 1;
    expect(await cli(restore), `call ${calls}, run again`).toBe(0);
    expect(await cli(['check', '--data', data]), `call ${calls}`).toBe(0);
    const kept = (await readdir(join(data, 'copies'))).filter((name) =>
      /^replaced-.*\.db$/.test(name),
    );
    const [oldest = ''] = kept.toSorted();
    expect(await cli(['check', join(data, 'copies', oldest)]), `call ${calls}`).toBe(0);
    expect((await readdir(data)).filter((name) => /restoring|\.replaced/.test(name))).toEqual([]);
    await rm(data, { recursive: true });
  }
  expect(calls).toBeGreaterThan(MIN_CALLS);
  expect(Math.min(found.old, found.new)).toBeGreaterThan(1);
  process.stdout.write(
    `db restore killed before each of ${calls - 1} calls: ${found.old} old, ${found.new} new\n`,
  );
});
