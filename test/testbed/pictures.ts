/**
 * Pictures for demo and testbed: seeded, so that every run sees the same ones; JPEG, as a camera makes them. What a file
 * weighs decides much of what is measured, so they hold what makes a camera's files heavy: texture, edges, the sensor's noise.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const [WIDTH, HEIGHT] = [640, 480];
/** Default of cameras: 85 to 95. */
const QUALITY = 88;
/** Grey levels: the strength of texture at its coarsest, and of the noise of a small sensor in daylight. */
const [TEXTURE, NOISE] = [40, 2.5];
/** Texture gets finer by halves; natural pictures lose about this much strength with each. */
const [OCTAVES, FADING] = [8, 0.72];

/** Writes `count` JPEGs of 640 × 480 into a folder and returns it. */
export async function paintPictures(folder: string, count: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const drawn = await sharp(Buffer.from(sceneSvg(i)))
        .removeAlpha()
        .blur(0.7)
        .raw()
        .toBuffer();
      const raw = { width: WIDTH, height: HEIGHT, channels: 3 as const };
      await sharp(withTexture(drawn, i), { raw })
        .jpeg({ quality: QUALITY })
        .toFile(join(folder, pictureName(i)));
    }),
  );
  return folder;
}

/** Names in the order in which an agent reads them. */
export const pictureName = (i: number): string => `picture-${String(i).padStart(2, '0')}.jpg`;

/** Whole numbers from 0 on, below a limit; the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** A sky, a ground and a few shapes, placed and coloured by the seed. */
function sceneSvg(seed: number): string {
  const random = randomOf(seed);
  const colour = (): string => `hsl(${random(360)} ${20 + random(50)}% ${30 + random(45)}%)`;
  const shapes = Array.from({ length: 14 }, () =>
    random(2) === 0
      ? `<circle cx="${random(640)}" cy="${random(480)}" r="${20 + random(90)}" fill="${colour()}"/>`
      : `<rect x="${random(600)}" y="${random(440)}" width="${30 + random(160)}" height="${30 + random(120)}" fill="${colour()}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">
    <rect width="640" height="480" fill="${colour()}"/>
    <rect y="${240 + random(120)}" width="640" height="300" fill="${colour()}"/>
    ${shapes.join('')}</svg>`;
}

/** The same pixels with texture, more of it towards the ground, and noise. */
function withTexture(pixels: Buffer, seed: number): Buffer {
  const random = randomOf(1000 + seed);
  const strength = 0.6 + random(100) / 100;
  const octaves = Array.from({ length: OCTAVES }, (_, i) => ({
    weight: FADING ** i,
    at: lattice(4 << i, random),
  }));
  for (let y = 0; y < HEIGHT; y++) {
    const depth = strength * (0.4 + (0.6 * y) / HEIGHT);
    for (let x = 0; x < WIDTH; x++) {
      let level = 0;
      for (const { weight, at } of octaves) level += weight * at(x / WIDTH, y / HEIGHT);
      // The sum of a few even draws is near enough to a bell.
      const noise = (random(256) + random(256) + random(256) - 382.5) / 128;
      const added = depth * TEXTURE * level + NOISE * noise;
      for (let c = 3 * (y * WIDTH + x), end = c + 3; c < end; c++) {
        pixels[c] = Math.max(0, Math.min(255, (pixels[c] ?? 0) + added));
      }
    }
  }
  return pixels;
}

/** Smooth values between −1 and 1 over the unit square, from `size` × `size` drawn ones. */
function lattice(size: number, random: (below: number) => number) {
  const side = size + 1;
  const drawn = Float32Array.from({ length: side * side }, () => random(2001) / 1000 - 1);
  return (u: number, v: number): number => {
    const [x, y] = [u * size, v * size];
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const at = row * side + column;
    const mixed = (from: number, share: number): number =>
      (drawn[from] ?? 0) * (1 - share) + (drawn[from + 1] ?? 0) * share;
    const share = x - column;
    return mixed(at, share) * (1 - (y - row)) + mixed(at + side, share) * (y - row);
  };
}
