import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownDataFolder } from './data-folder.js';

let place: string;
let lines: string[];
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'flotilla-folder-'));
  lines = [];
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const own = (folder: string) =>
  ownDataFolder(folder, pino({}, { write: (line) => void lines.push(line) }));

/** A folder with a mode, whatever the mask of the process. */
function made(mode: number, ...files: string[]): string {
  const folder = join(place, 'data');
  mkdirSync(folder);
  for (const name of files) writeFileSync(join(folder, name), '');
  chmodSync(folder, mode);
  return folder;
}
const modeOf = (folder: string) => (statSync(folder).mode & 0o7777).toString(8);

/** An empty folder of Linux whose mode not even root can change. */
const FIXED = '/proc/sys/fs/binfmt_misc';
const isFixed = (folder: string) => existsSync(folder) && readdirSync(folder).length === 0;

describe('the data folder', () => {
  it('is made for its user alone, and so are folders above it', async () => {
    await own(join(place, 'a', 'b'));
    expect([modeOf(join(place, 'a')), modeOf(join(place, 'a', 'b'))]).toEqual(['700', '700']);
    expect(lines).toEqual([]);
  });

  it.each([
    ['empty', 0o755, []],
    ['empty and open to a group', 0o2770, []],
    ['a new file system', 0o1777, ['lost+found']],
    ['of an earlier version', 0o755, ['flotilla.lock', 'flotilla.db']],
  ])('is closed to others when it is %s, which is logged', async (_, mode, files) => {
    const folder = made(mode, ...files);
    await own(folder);
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(lines.join('')).toContain('data folder closed to other users');
  });

  it.each([
    ['files of others', 0o755, ['letter.txt']],
    ['files of others for all to write', 0o1777, ['flotilla.lock', 'letter.txt']],
  ])('is rejected and left as it is when it holds %s', async (_, mode, files) => {
    const folder = made(mode, ...files);
    await expect(own(folder)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /^FLOTILLA_DATA: .* can be entered by other users .*; set a new folder/,
      ),
    });
    expect(modeOf(folder)).toBe(mode.toString(8));
  });

  it.skipIf(!isFixed(FIXED))('is rejected when its mode cannot be changed', async () => {
    await expect(own(FIXED)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('its mode cannot be changed'),
    });
  });

  it('stays as it is when others cannot enter it', async () => {
    const folder = made(0o500, 'letter.txt');
    await own(folder);
    expect([modeOf(folder), lines]).toEqual(['500', []]);
  });

  it.each([
    ['a file', 'file', 'is not a folder'],
    ['below a file', join('file', 'data'), 'is not a folder'],
    ['a link to nothing', 'link', 'is not a folder'],
  ])('is rejected in one sentence with its setting when it is %s', async (_, name, why) => {
    writeFileSync(join(place, 'file'), '');
    symlinkSync(join(place, 'missing'), join(place, 'link'));
    await expect(own(join(place, name))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(new RegExp(`^FLOTILLA_DATA: ${join(place, name)} ${why}; `)),
    });
  });

  // Node's mkdir, when it makes the folders above as well, does not end there.
  it('is rejected where the kernel makes no folders', async () => {
    const message = expect.stringMatching(
      /^FLOTILLA_DATA: \/proc\/flotilla cannot be used: ENOENT/,
    );
    await expect(own('/proc/flotilla/data')).rejects.toMatchObject({ message });
  });
});
