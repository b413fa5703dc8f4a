/** Bounds the memory of pictures by what the machine has: one that would take too much fails by name, before it ends the agent. */
import { Fault, type ImageSpec, pixelsOf } from '../../../../src/wire/index.js';
import { decodeBytes, type PictureHeader } from './decode-memory.js';
import { memoryLeft } from './memory-left.js';

/** Pictures that take no more are decoded side by side, and without a look at the memory. */
const SMALL_BYTES = 48 << 20;
/** Share of the memory left that a picture may take: the rest is for tensors, and for others on the machine. */
const SHARE = 0.5;

export class PictureMemory {
  /** Large pictures are decoded one after the other. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly left: () => number = memoryLeft) {}

  /** The pixels of a picture (`pixelsOf`); throws INPUT_UNREADABLE, or INPUT_TOO_LARGE with what it takes and what may be used. */
  async pixelsOf(picture: Uint8Array, spec: ImageSpec): Promise<Uint8Array> {
    const header = await headerOf(picture);
    // Without a header it cannot be decoded either, which says why.
    const bytes = header === undefined ? 0 : decodeBytes(header, spec);
    if (header === undefined || bytes <= SMALL_BYTES) return pixelsOf(picture, spec);
    const decoded = this.turn.then(() => {
      this.check(header, bytes);
      return pixelsOf(picture, spec);
    });
    this.turn = decoded.catch(() => undefined);
    return decoded;
  }

  private check({ format, isProgressive, width, height }: PictureHeader, bytes: number): void {
    const usableBytes = SHARE * this.left();
    if (bytes <= usableBytes) return;
    const order = format === 'png' ? 'interlaced' : 'progressive';
    const kind = isProgressive === true ? `${order} ${format}` : format;
    throw new Fault(
      'INPUT_TOO_LARGE',
      `a ${kind} picture of ${width}×${height} takes ${mebibytes(bytes)} to decode, and ${mebibytes(usableBytes)} may be used; ` +
        'send it smaller, or as a baseline JPEG, which takes little at any size',
    );
  }
}

async function headerOf(picture: Uint8Array): Promise<PictureHeader | undefined> {
  // Loaded with the first picture: tensors do not need it.
  const { default: sharp } = await import('sharp');
  return sharp(picture)
    .metadata()
    .catch(() => undefined);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
