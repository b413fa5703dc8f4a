import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MjpegSplitter } from './mjpeg-splitter.js';

/** A marker segment with its length. */
const segment = (marker: number, content: number[]): number[] => [
  ...[0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 0xff],
  ...content,
];

/** A JPEG in form: segments that may hold anything, a scan in which FF is stuffed, restart markers. */
const jpeg = fc
  .record({
    segments: fc.array(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 30 }), {
      maxLength: 3,
    }),
    scan: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
  })
  .map(({ segments, scan }) =>
    Uint8Array.from([
      ...[0xff, 0xd8],
      ...segments.flatMap((content) => segment(0xe1, content)),
      ...segment(0xda, [1, 2, 3]),
      ...scan.flatMap((byte) => (byte === 0xff ? [0xff, 0x00] : [byte])),
      ...[0xff, 0xd0, 1, 2, 0xff, 0xd9],
    ]),
  );
const between = fc.constantFrom<number[]>([], [0x0d, 0x0a], [0xff], [45, 45, 98]);

/** Pieces of random sizes, all in the same memory: a source may use its buffer again. */
function* piecesOf(stream: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  const memory = Buffer.alloc(Math.max(...sizes));
  for (let at = 0, i = 0; at < stream.length; i++) {
    const piece = stream.subarray(at, at + (sizes[i % sizes.length] ?? 1));
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    at += piece.length;
  }
}

describe('MjpegSplitter', () => {
  it('gives back every picture whatever is in it, between them, and wherever the stream is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(between, jpeg)), sizes, (parts, cuts) => {
        const stream = Uint8Array.from(parts.flatMap(([gap, picture]) => [...gap, ...picture]));
        const splitter = new MjpegSplitter();
        const found: Uint8Array[] = [];
        for (const piece of piecesOf(stream, cuts)) found.push(...splitter.push(piece));
        expect(found.map((picture) => [...picture])).toEqual(
          parts.map(([, picture]) => [...picture]),
        );
      }),
    );
  });

  it('does not take the end of an embedded thumbnail for its own', () => {
    const thumbnail = [0xff, 0xd8, 1, 0xff, 0xd9];
    const picture = [0xff, 0xd8, ...segment(0xe1, thumbnail), ...segment(0xda, [0]), 7, 0xff, 0xd9];
    expect(new MjpegSplitter().push(Uint8Array.from(picture)).map((one) => [...one])).toEqual([
      picture,
    ]);
  });

  it('drops a picture that was cut off when the next begins', () => {
    const whole = [0xff, 0xd8, ...segment(0xda, [0]), 5, 0xff, 0xd9];
    const broken = [0xff, 0xd8, ...segment(0xda, [0]), 5, 6];
    const pictures = new MjpegSplitter().push(Uint8Array.from([...broken, ...whole]));
    expect(pictures.map((one) => [...one])).toEqual([whole]);
  });

  it('loses one picture to a segment that lost bytes', () => {
    // A segment of an Exif picture, a scan that is shorter than what is lost.
    const content = Array.from({ length: 200 }, (_, i) => (7 * i) % 250);
    const scan = Array.from({ length: 60 }, (_, i) => (3 * i) % 250);
    const whole = (mark: number): number[] => [
      ...[0xff, 0xd8, ...segment(0xe1, [...content, mark]), ...segment(0xda, [0])],
      ...[...scan, mark, 0xff, 0xd9],
    ];
    const gaps = fc.constantFrom<number[]>(
      [],
      [...Buffer.from('\r\n--frame\r\nContent-Type: x\r\n\r\n')],
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.integer({ min: 80, max: 190 }), gaps, sizes, (lost, gap, cuts) => {
        const first = whole(1);
        const torn = [...first.slice(0, 8), ...first.slice(8 + lost)];
        const later = [2, 3, 4].map(whole);
        const stream = [torn, ...later].flatMap((picture) => [...picture, ...gap]);
        const splitter = new MjpegSplitter();
        const found: number[][] = [];
        for (const piece of piecesOf(Uint8Array.from(stream), cuts)) {
          found.push(...splitter.push(piece).map((picture) => [...picture]));
        }
        expect(found).toEqual(later);
      }),
    );
  });

  it('gives up a picture above its limit, says so, and finds the next', () => {
    const said: number[] = [];
    const splitter = new MjpegSplitter((bytes) => said.push(bytes), 100);
    splitter.push(Uint8Array.from([0xff, 0xd8, ...segment(0xda, [0])]));
    splitter.push(new Uint8Array(200));
    expect(said).toEqual([100]);
    const whole = Uint8Array.from([0xff, 0xd8, ...segment(0xda, [0]), 0xff, 0xd9]);
    expect(splitter.push(whole)).toHaveLength(1);
    expect(said).toEqual([100]);
  });
});
