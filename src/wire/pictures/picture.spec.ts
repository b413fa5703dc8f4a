import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { ImageSpec } from './manifest.js';
import { pixelsOf } from './picture.js';

const spec = { width: 16, height: 12, fit: 'fill', channels: 'RGB' } as ImageSpec;

async function noisy(): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 120, sigma: 60 };
  return sharp({ create: { width: 160, height: 120, channels: 3, background: '#000', noise } })
    .jpeg()
    .toBuffer();
}

describe('a JPEG that decoders warn of', () => {
  it('is a picture like the same one without the warning', async () => {
    const jpeg = await noisy();
    // Cameras leave bytes between two segments; the first one ends after its marker and its length.
    const end = 4 + jpeg.readUInt16BE(4);
    const stray = Buffer.from([0x12, 0x34, 0x56]);
    const warned = Buffer.concat([jpeg.subarray(0, end), stray, jpeg.subarray(end)]);
    await expect(sharp(warned, { failOn: 'warning' }).raw().toBuffer()).rejects.toThrow(
      'extraneous',
    );
    expect(await pixelsOf(warned, spec)).toEqual(await pixelsOf(jpeg, spec));
  });

  it('fails when it is cut off', async () => {
    const jpeg = await noisy();
    const cut = pixelsOf(jpeg.subarray(0, jpeg.length / 2), spec);
    await expect(cut).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  });
});

it.each(['webp', 'gif', 'png'] as const)('takes %s', async (format) => {
  const file = await sharp(await noisy())
    .toFormat(format)
    .toBuffer();
  expect(await pixelsOf(file, spec)).toHaveLength(16 * 12 * 3);
});
