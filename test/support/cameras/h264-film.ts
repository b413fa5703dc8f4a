/** A short H.264 film, made by FFmpeg: its pictures as NAL units, each small enough for one RTP packet. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const FPS = 10;
const SECONDS = 2;
/** Of a slice: with the headers of IP, TCP and RTP it fits a packet of Ethernet. */
const MAX_SLICE_BYTES = 1200;
const MAX_FILM_BYTES = 8 * 2 ** 20;

/** Types of NAL units (ITU-T H.264, table 7-1). */
const [SPS, PPS, DELIMITER] = [7, 8, 9];

export interface H264Film {
  readonly fps: number;
  /** One list of NAL units for each picture; the first and each tenth one can be decoded by itself. */
  readonly pictures: readonly (readonly Buffer[])[];
  readonly sps: Buffer;
  readonly pps: Buffer;
}

export async function makeFilm(): Promise<H264Film> {
  const source = `testsrc=size=160x120:rate=${FPS}`;
  const encoder = `slice-max-size=${MAX_SLICE_BYTES}:repeat-headers=1:aud=1:threads=1`;
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', source, '-t', String(SECONDS), '-pix_fmt', 'yuv420p'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', String(FPS)],
      ...['-x264-params', encoder, '-f', 'h264', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: MAX_FILM_BYTES },
  );
  const units = unitsOf(stdout);
  const pictures: Buffer[][] = [];
  for (const unit of units) {
    if (typeOf(unit) === DELIMITER) pictures.push([]);
    else pictures.at(-1)?.push(unit);
  }
  const [sps, pps] = [SPS, PPS].map((type) => units.find((unit) => typeOf(unit) === type));
  if (sps === undefined || pps === undefined) throw new Error('the film has no parameter sets');
  return { fps: FPS, pictures, sps, pps };
}

const typeOf = (unit: Buffer): number => (unit[0] ?? 0) & 0x1f;

/** Units of a byte stream (ITU-T H.264, annex B): between start codes of three or four bytes. */
function unitsOf(stream: Buffer): Buffer[] {
  const code = Buffer.of(0, 0, 1);
  const units: Buffer[] = [];
  for (let from = stream.indexOf(code); from >= 0; ) {
    const next = stream.indexOf(code, from + code.length);
    let end = next < 0 ? stream.length : next;
    while (next >= 0 && stream[end - 1] === 0) end -= 1;
    units.push(stream.subarray(from + code.length, end));
    from = next;
  }
  return units;
}
