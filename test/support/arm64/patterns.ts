/** Pictures of waves in every colour: decoding and resizing have something to round. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const [WIDTH, HEIGHT, CHANNELS] = [320, 240, 3] as const;

/** Paints a picture under every name in a folder that need not exist; the ending says its format. */
export async function paintPatterns(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [i, name] of names.entries()) {
    const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * CHANNELS }, (_, at) => {
      const [x, y] = [Math.floor(at / CHANNELS) % WIDTH, Math.floor(at / CHANNELS / WIDTH)];
      const wave = Math.sin(x / (3 + i)) * Math.cos(y / (5 + i)) + Math.sin((x * y) / 977);
      return Math.round(63 * (2 + wave * (1 - 0.3 * (at % CHANNELS))));
    });
    const raw = { width: WIDTH, height: HEIGHT, channels: CHANNELS };
    await sharp(pixels, { raw }).toFile(join(folder, name));
  }
}
