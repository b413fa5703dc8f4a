/** Small pictures of one colour each, so that each has another answer. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** Paints a JPEG file under every name in a folder that need not exist. */
export async function paintPlainPictures(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [i, name] of names.entries()) {
    const background = { r: (i * 53) % 256, g: (i * 101) % 256, b: (i * 197) % 256 };
    const picture = sharp({ create: { width: 48, height: 40, channels: 3, background } });
    await picture.jpeg().toFile(join(folder, name));
  }
}
