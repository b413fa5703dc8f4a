import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFrames } from './input-files.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-inputs-'));
  const files = ['a-10.jpg', 'a-2.JPG', 'b.png', 'notes.txt', 'x=y.pb', '._a-2.JPG', 'IMG_2.HEIC'];
  for (const name of files) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'empty'));
  mkdirSync(join(folder, 'phone'));
  for (const name of ['IMG_10.HEIC', 'IMG_9.heif']) writeFileSync(join(folder, 'phone', name), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('listFrames', () => {
  it('takes the pictures and tensors of a folder, numbers in their own order', () => {
    const sources = listFrames([folder]).map(({ source }) => source);
    expect(sources).toEqual(['a-2.JPG', 'a-10.jpg', 'b.png', 'x=y.pb']);
  });

  it('says which pictures of a folder it does not take', () => {
    const warnings: string[] = [];
    listFrames([folder, join(folder, 'a-*')], (text) => warnings.push(text));
    expect(warnings).toEqual([expect.stringMatching(/1 files such as IMG_2.HEIC .* to JPEG$/)]);
  });

  it('takes files and globs, in the order given', () => {
    const frames = listFrames([join(folder, 'b.png'), join(folder, 'a-*')]);
    expect(frames.map(({ source }) => source)).toEqual(['b.png', 'a-2.JPG', 'a-10.jpg']);
  });

  it('puts the files of several inputs side by side', () => {
    const [first, second] = listFrames([`left=${folder}/a-*`, `right=${folder}/a-*`]);
    expect(first?.files.map(({ name }) => name)).toEqual(['left', 'right']);
    expect(second?.files.map(({ path }) => path)).toEqual(Array(2).fill(join(folder, 'a-10.jpg')));
  });

  it('does not take apart a file whose name holds an equals sign', () => {
    expect(listFrames([join(folder, 'x=y.pb')])[0]?.files[0]?.name).toBeUndefined();
  });

  it.each(['scope/image:0', 'a=b', 'with spaces', 'größe'])('feeds an input named %s', (name) => {
    const [frame] = listFrames([`${name}=${folder}/a-*`]);
    expect(frame?.files.map((file) => file.name)).toEqual([name]);
    const [other] = listFrames([`${name}=${join(folder, 'x=y.pb')}`]);
    expect(other?.files).toEqual([{ name, path: join(folder, 'x=y.pb') }]);
  });

  it.each([
    [['nowhere.jpg'], 'no such file'],
    [['FOLDER/empty'], 'no picture or tensor'],
    [['FOLDER/notes.txt'], 'only .jpg'],
    [['FOLDER/IMG_2.HEIC'], 'convert them to JPEG'],
    [['FOLDER/phone'], '2 files such as IMG_9.heif are passed over'],
    [['FOLDER/phone/*.HEIC'], '1 files such as IMG_10.HEIC'],
    [['left=FOLDER/a-*', 'right=FOLDER/b.png'], 'must pair up'],
  ])('refuses %j', (inputs, why) => {
    const given = inputs.map((input) => input.replace('FOLDER', folder));
    expect(() => listFrames(given)).toThrow(why);
    expect(() => listFrames(given)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
