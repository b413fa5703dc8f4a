/** `flotilla db check`, `backup` and `restore` with real files, and the copies of upgrades. */
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dispatch } from '../../../src/cli/dispatch.js';
import { openToCopy } from '../../../src/platform/database/copies/embedded-file.js';
import {
  checkRoom,
  closeUpgrade,
  copyForUpgrade,
  KEPT_COPIES,
} from '../../../src/platform/database/copies/upgrade-copies.js';
import { openDatabase } from '../../../src/platform/database/database.js';

const silent = pino({ level: 'silent' });
let data: string;
let elsewhere: string;
let backup: string;
let said: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'flotilla-files-'));
  elsewhere = await mkdtemp(join(tmpdir(), 'flotilla-files-'));
  backup = join(elsewhere, 'backup.db');
  said = '';
});
afterEach(async () => {
  for (const folder of [data, elsewhere]) await rm(folder, { recursive: true, force: true });
});

const stream = {
  write(text: string) {
    said += text;
  },
};
const db = (...words: string[]) =>
  dispatch(['db', ...words, '--data', data], {
    stdin: process.stdin,
    stdout: stream,
    stderr: stream,
  });

const running = () => openDatabase({ data, databaseUrl: undefined }, silent);

/** Runs the service's database with one more device; leaves it stopped. */
async function addDevice(id: string): Promise<void> {
  const database = await running();
  await database.client.device.create({ data: { id, name: id, secretHash: '-' } });
  await database.onApplicationShutdown();
}

async function devices(): Promise<string[]> {
  const database = await running();
  const found = await database.client.device.findMany({ orderBy: { id: 'asc' } });
  await database.onApplicationShutdown();
  return found.map(({ id }) => id);
}

async function damage(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  for (let at = 4096; at < size; at += 4096) await handle.write(Buffer.alloc(64, 0x5a), 0, 64, at);
  await handle.close();
}

describe('flotilla db', () => {
  it('backs up a database in use, and restores it; what was there before is kept', async () => {
    await addDevice('a');
    const service = await running();
    await service.client.device.create({ data: { id: 'b', name: 'b', secretHash: '-' } });
    expect(await db('backup', backup)).toBe(0);
    expect(await db('restore', backup)).toBe(1);
    expect(said).toMatch(/in use by another process/);
    await service.onApplicationShutdown();
    await addDevice('c');

    expect(await db('restore', backup)).toBe(0);
    expect(await devices()).toEqual(['a', 'b']);
    const [kept = ''] = await readdir(join(data, 'copies'));
    expect(said).toContain(kept);
    expect(await db('restore', join(data, 'copies', kept))).toBe(0);
    expect(await devices()).toEqual(['a', 'b', 'c']);
    expect((await stat(data)).mode & 0o077).toBe(0);
  });

  it('restores into an empty folder', async () => {
    await addDevice('a');
    expect(await db('backup', backup)).toBe(0);
    await rm(data, { recursive: true });
    expect(await db('restore', backup)).toBe(0);
    expect(await devices()).toEqual(['a']);
  });

  it('checks a database, and names damage', async () => {
    await addDevice('a');
    expect(await db('check')).toBe(0);
    expect(said).toMatch(/^Device: 1 rows$/m);
    expect(said).toMatch(/up to date\n.*is sound/);
    const database = await running();
    await database.client.$executeRawUnsafe('PRAGMA foreign_keys = OFF');
    await database.client.$executeRawUnsafe(`INSERT INTO "DeviceTag" VALUES ('nowhere', 't')`);
    await database.onApplicationShutdown();
    expect(await db('check')).toBe(1);
    expect(said).toMatch(/^DeviceTag: 1 rows refer to no row of Device$/m);
    await damage(join(data, 'flotilla.db'));
    said = '';
    expect(await db('check')).toBe(1);
    expect(said).toMatch(/malformed|damaged|is not a database/);
    await expect(running()).rejects.toMatchObject({
      code: 'DATABASE_DAMAGED',
      message: expect.stringMatching(/flotilla db restore/),
    });
  });

  it.each([
    ['a damaged file', async () => damage(backup)],
    ['an empty file', async () => writeFile(backup, '')],
    ['another file', async () => writeFile(backup, 'x'.repeat(10_000))],
  ])('does not restore %s, and changes nothing', async (_, spoil) => {
    await addDevice('a');
    expect(await db('backup', backup)).toBe(0);
    await spoil();
    expect(await db('restore', backup)).toBe(1);
    expect(await devices()).toEqual(['a']);
    expect((await readdir(data)).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  it('does not replace a database that another program reads', async () => {
    await addDevice('a');
    expect(await db('backup', backup)).toBe(0);
    const [writer, reader] = [1, 2].map(() => openToCopy(join(data, 'flotilla.db')));
    writer?.exec(`UPDATE "Device" SET "name" = 'in the log'`);
    reader?.exec('BEGIN');
    reader?.prepare('SELECT count(*) FROM "Device"').all();
    writer?.close();
    expect(await db('restore', backup)).toBe(1);
    expect(said).toMatch(/is read by another program/);
    // Its statement keeps it open until it is collected, but a transaction that has ended holds no log.
    reader?.exec('COMMIT');
    reader?.close();
    const database = await running();
    expect(await database.client.device.findMany()).toMatchObject([{ name: 'in the log' }]);
    await database.onApplicationShutdown();
    expect(await db('restore', backup)).toBe(0);
    expect((await readdir(data)).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
  });

  it('rejects files that are not there, and overwrites none', async () => {
    expect(await db('check')).toBe(2);
    expect(await db('backup', backup)).toBe(2);
    expect(await db('restore', backup)).toBe(2);
    expect(await db('restore')).toBe(2);
    await addDevice('a');
    await writeFile(backup, 'mine');
    expect(await db('backup', backup)).toBe(1);
    expect(said).toContain('exists; name a new file');
    expect(existsSync(`${backup}.partial`)).toBe(false);
  });
});

describe('copies of upgrades', () => {
  it('are made once for an upgrade, however often it is interrupted, and are bounded', async () => {
    await addDevice('a');
    const file = join(data, 'flotilla.db');
    const database = openToCopy(file);
    const copyAt = (newest: string) =>
      copyForUpgrade(database, { file, newest, isRebuild: false }, () => undefined);
    const first = copyAt('1');
    expect(first.isNew).toBe(true);
    // The upgrade was interrupted after its first migration.
    expect(copyAt('2')).toEqual({ copy: first.copy, isNew: false });
    // It began again from the start: rows may have changed.
    expect(copyAt('1')).toEqual(first);
    closeUpgrade(file);
    for (const [i, newest] of ['3', '4', '5'].entries()) {
      const { copy } = copyAt(newest);
      closeUpgrade(file);
      await utimes(copy.replace('.upgrading.db', '.db'), i + 1, i + 1).catch(() => undefined);
    }
    database.close();
    const left = await readdir(join(data, 'copies'));
    expect(left).toHaveLength(KEPT_COPIES);
    expect(left).toContain('flotilla-5.db');
  });

  it('are rejected before anything is written when there is no room', () => {
    expect(() => checkRoom(data, 2 ** 60)).toThrow(
      expect.objectContaining({
        code: 'DISK_FULL',
        message: expect.stringMatching(/MiB.*FLOTILLA_UPGRADE_COPY=no/),
      }),
    );
  });
});
