import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImageSpec, imageSpec, pixelsOf } from '../../../../src/wire/index.js';
import { decodeBytes } from './decode-memory.js';
import { PictureMemory } from './picture-memory.js';

const MIB = 2 ** 20;
const [WIDTH, HEIGHT] = [4000, 3000];
const spec: ImageSpec = imageSpec.parse({ width: 224, height: 224 });

const forms: Record<string, (picture: Sharp) => Sharp> = {
  'baseline.jpg': (picture) => picture.jpeg(),
  'turned.jpg': (picture) => picture.withMetadata({ orientation: 6 }).jpeg(),
  'progressive.jpg': (picture) => picture.jpeg({ progressive: true }),
  'fine.jpg': (picture) => picture.jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
  'interlaced.png': (picture) => picture.png({ progressive: true }),
  'a.gif': (picture) => picture.gif({ effort: 1 }),
};
/** One of each way in which decoders hold a picture. */
const MEASURED = ['baseline.jpg', 'progressive.jpg', 'interlaced.png', 'a.gif'];
const SMALL = ['baseline.jpg', 'turned.jpg'];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-pictures-'));
  const background = { r: 90, g: 120, b: 30 };
  const plain = { width: WIDTH, height: HEIGHT, channels: 3 as const, background };
  for (const [name, form] of Object.entries(forms)) {
    await form(sharp({ create: plain })).toFile(join(folder, name));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** By how much the largest resident memory of a process grows while it decodes a picture, in bytes. */
function measuredBytes(file: string): number {
  const code = `
    import { readFileSync } from 'node:fs';
    import sharp from ${JSON.stringify(createRequire(import.meta.url).resolve('sharp'))};
    const decode = (input) => sharp(input).rotate().resize(224, 224, { fit: 'fill' }).raw().toBuffer();
    // Of this process alone: ru_maxrss has what its parent had.
    const peak = () => 1024 * /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
    await decode({ create: { width: 300, height: 300, channels: 3, background: '#111' } });
    const before = peak();
    await decode(${JSON.stringify(file)});
    console.log(peak() - before);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code]);
  return Number(String(stdout));
}

describe.each(MEASURED)('the memory to decode %s', (name) => {
  it('is bounded by the header, and the bound is not far off', async () => {
    const file = join(folder, name);
    const bound = decodeBytes(await sharp(file).metadata(), spec);
    const measured = measuredBytes(file);
    expect(measured).toBeGreaterThan(0);
    expect(bound).toBeGreaterThanOrEqual(measured);
    expect(bound - measured).toBeLessThan(64 * MIB);
  });
});

const sameBytes = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe('a machine with little memory', () => {
  const little = new PictureMemory(() => 60 * MIB);

  it.each(Object.keys(forms))('decodes %s, or rejects it with what it takes', async (name) => {
    const bytes = readFileSync(join(folder, name));
    const decoded = little.pixelsOf(bytes, spec);
    if (SMALL.includes(name))
      expect(sameBytes(await decoded, await pixelsOf(bytes, spec))).toBe(true);
    else {
      await expect(decoded).rejects.toMatchObject({
        code: 'INPUT_TOO_LARGE',
        message: expect.stringMatching(/4000×3000 takes \d+ MiB to decode, and 30 MiB may be used/),
      });
    }
  });

  it('decodes the same pictures where there is room, to the same pixels', async () => {
    const bytes = readFileSync(join(folder, 'progressive.jpg'));
    const looks: number[] = [];
    const room = new PictureMemory(() => looks.push(1) * 4096 * MIB);
    const [one, other] = await Promise.all([
      room.pixelsOf(bytes, spec),
      room.pixelsOf(bytes, spec),
    ]);
    expect(sameBytes(one, await pixelsOf(bytes, spec))).toBe(true);
    expect(sameBytes(other, one)).toBe(true);
    expect(looks).toHaveLength(2);
  });

  it('says of a file that is no picture what the decoder says', async () => {
    await expect(little.pixelsOf(Buffer.from('no picture'), spec)).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
    });
  });
});
