import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../log.js';
import { ownFolder } from './own-folder.js';

let place: string;
let logged: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'flotilla-folder-'));
  logged = '';
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const log = createLog('info', (text) => {
  logged += text;
});

/** A folder with a mode, whatever the mask of the process. */
function made(mode: number, ...folders: string[]): string {
  const folder = join(place, 'data');
  for (const name of ['', ...folders]) mkdirSync(join(folder, name));
  chmodSync(folder, mode);
  return folder;
}
const modeOf = (folder: string) => (statSync(folder).mode & 0o7777).toString(8);

describe('the data folder of an agent', () => {
  it('is made for its user alone', () => {
    ownFolder(join(place, 'data'), log);
    expect([modeOf(join(place, 'data')), logged]).toEqual(['700', '']);
  });

  it.each([
    ['empty, as systemd makes it', 0o755, []],
    ['of an earlier version', 0o755, ['blocks', 'pi-1']],
    ['a mounted file system', 0o1777, ['lost+found']],
  ])('is closed to others when it is %s, which is logged', (_, mode, folders) => {
    const folder = made(mode, ...folders);
    ownFolder(folder, log);
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(logged).toContain('closed to other users');
  });

  it.each([
    ['files of others', 0o755, ['pictures']],
    ['files of others for all to write', 0o1777, ['blocks', 'pictures']],
  ])('is rejected and left as it is when it holds %s', (_, mode, folders) => {
    const folder = made(mode, ...folders);
    expect(() => ownFolder(folder, log)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/can be entered by other users .*; give a new folder as/),
      }),
    );
    expect(modeOf(folder)).toBe(mode.toString(8));
  });
});
