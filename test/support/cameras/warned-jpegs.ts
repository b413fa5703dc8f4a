/** JPEG files as cameras write them that decoders warn of, and decode. */
import sharp from 'sharp';
import { seededRandom } from '../../../src/wire/index.js';

const [WIDTH, HEIGHT] = [64, 48];
/** Markers (ITU-T T.81, table B.1): start of the scan, restart, comment, end of the image, and an application's segment. */
const [SOS, RST3, COM, EOI, APP14] = [0xda, 0xd3, 0xfe, 0xd9, 0xee];

/** What is wrong with a file: made from a sound one, at a place drawn from 0 to 1. */
const DAMAGES = {
  'bytes between segments': (file: Buffer, at: number) =>
    inserted(file, markerAt(file, at), [...Buffer.from('Exif?').subarray(0, 1 + at * 4)]),
  'an end within the scan': (file: Buffer, at: number) =>
    inserted(file, scanAt(file, at), [0xff, EOI]),
  'an end in place of the rest of the scan': (file: Buffer, at: number) =>
    Buffer.concat([file.subarray(0, scanAt(file, at)), Buffer.of(0xff, EOI)]),
  'a restart that is not due': (file: Buffer, at: number) =>
    inserted(file, scanAt(file, at), [0xff, RST3]),
  'a comment within the scan': (file: Buffer, at: number) =>
    inserted(file, scanAt(file, at), [0xff, COM, 0, 4, 1, 2]),
  'an unknown colour transform': (file: Buffer, at: number) =>
    inserted(file, 2, [
      0xff,
      APP14,
      0,
      14,
      ...Buffer.from('Adobe'),
      0,
      100,
      0,
      0,
      0,
      0,
      3 + Math.floor(at * 200),
    ]),
  'bytes after its end, too': (file: Buffer, at: number) =>
    Buffer.concat([
      inserted(file, markerAt(file, at), [0x11]),
      Buffer.alloc(1 + at * 500, 'garbage '),
    ]),
} as const;

export interface WarnedJpeg {
  readonly name: string;
  readonly file: Buffer;
}

/** Files of each damage in turn. */
export async function warnedJpegs(count: number, seed: number): Promise<WarnedJpeg[]> {
  const random = seededRandom(seed);
  const damages = Object.entries(DAMAGES);
  return Promise.all(
    Array.from({ length: count }, async (_, i): Promise<WarnedJpeg> => {
      const [name, damage] = damages[i % damages.length] as (typeof damages)[number];
      const at = random();
      const pixels = Buffer.from(
        Array.from({ length: 3 * WIDTH * HEIGHT }, (__, n) => (n * (i + 1)) % 251),
      );
      const raw = { width: WIDTH, height: HEIGHT, channels: 3 as const };
      const file = await sharp(pixels, { raw })
        .jpeg({ quality: 60 + (i % 40) })
        .toBuffer();
      return { name: `${i}: ${name}`, file: damage(file, at) };
    }),
  );
}

/** Whether libjpeg warns of a file, asked of it by another setting than the product's. */
export async function isWarnedOf(file: Uint8Array): Promise<boolean> {
  return sharp(file, { failOn: 'warning' })
    .raw()
    .toBuffer()
    .then(
      () => false,
      () => true,
    );
}

function inserted(file: Buffer, at: number, bytes: readonly number[]): Buffer {
  return Buffer.concat([file.subarray(0, at), Buffer.from(bytes), file.subarray(at)]);
}

/** Where the segments of a file begin, from the one after the first to that of the scan. */
function markersOf(file: Buffer): number[] {
  const places: number[] = [];
  for (let at = 2; at < file.length; at += 2 + file.readUInt16BE(at + 2)) {
    places.push(at);
    if (file[at + 1] === SOS) return places;
  }
  throw new Error('the file has no scan');
}

function markerAt(file: Buffer, share: number): number {
  const places = markersOf(file).slice(1);
  return places[Math.floor(share * places.length)] ?? 2;
}

/** A place within the data of the scan, not right after an FF, which belongs to the next byte. */
function scanAt(file: Buffer, share: number): number {
  const sos = markersOf(file).at(-1) ?? 0;
  const from = sos + 2 + file.readUInt16BE(sos + 2);
  const at = from + Math.floor((0.1 + 0.8 * share) * (file.length - 2 - from));
  return file[at - 1] === 0xff ? at + 1 : at;
}
