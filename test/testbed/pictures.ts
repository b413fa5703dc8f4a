/** Pictures for the testbed: seeded, so that every run sees the same ones; JPEG, as a camera makes them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** Writes `count` JPEGs of 640 × 480 into a folder and returns it. */
export async function paintPictures(folder: string, count: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      sharp(Buffer.from(sceneSvg(i)))
        .jpeg({ quality: 85 })
        .toFile(join(folder, pictureName(i))),
    ),
  );
  return folder;
}

const pictureName = (i: number): string => `picture-${String(i).padStart(2, '0')}.jpg`;

/** A sky, a ground and a few shapes, placed and coloured by the seed. */
function sceneSvg(seed: number): string {
  let state = seed + 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const colour = (): string => `hsl(${random(360)} ${40 + random(50)}% ${30 + random(45)}%)`;
  const shapes = Array.from({ length: 8 }, () =>
    random(2) === 0
      ? `<circle cx="${random(640)}" cy="${random(480)}" r="${20 + random(90)}" fill="${colour()}"/>`
      : `<rect x="${random(600)}" y="${random(440)}" width="${30 + random(160)}" height="${30 + random(120)}" fill="${colour()}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">
    <rect width="640" height="480" fill="${colour()}"/>
    <rect y="${240 + random(120)}" width="640" height="300" fill="${colour()}"/>
    ${shapes.join('')}</svg>`;
}
