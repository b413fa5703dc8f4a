/** Open sessions of blocks in a tail process, by digest: bounded by bytes, the one used longest ago goes first. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { openSession, type Session } from '../../runtime/index.js';
import { Fault } from '../../wire/index.js';
import type { BlockFile } from './tail.js';
import type { TailSettings } from './tail-call.js';

const PIECE_BYTES = 1 << 20;

export interface OpenBlock {
  readonly session: Session;
  readonly bytes: number;
  /** True once it was run: a session's first run is slower than all others. */
  isWarm: boolean;
}

export class SessionCache {
  /** Used longest ago first. */
  private readonly open = new Map<string, OpenBlock>();
  private bytes = 0;

  /** A block with its session. Throws BLOCK_UNKNOWN, BLOCK_CORRUPT, or what the runtime refuses. */
  async take(block: BlockFile, settings: TailSettings): Promise<OpenBlock> {
    const known = this.open.get(block.digest);
    if (known !== undefined) {
      this.open.delete(block.digest);
      this.open.set(block.digest, known);
      return known;
    }
    const bytes = await checkedBytes(block);
    await this.makeRoom(settings.cacheBytes - bytes);
    // From the path: the runtime needs the memory, and a copy of the file here would double it.
    const session = await openSession(block.path, { threads: settings.threads });
    const opened = { session, bytes, isWarm: false };
    this.open.set(block.digest, opened);
    this.bytes += bytes;
    return opened;
  }

  private async makeRoom(most: number): Promise<void> {
    for (const [digest, { session, bytes }] of this.open) {
      if (this.bytes <= most) return;
      this.open.delete(digest);
      this.bytes -= bytes;
      await session.release();
    }
  }
}

/** The length of a block's file, whose bytes have its digest. */
async function checkedBytes({ digest, path }: BlockFile): Promise<number> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (cause) {
    throw new Fault('BLOCK_UNKNOWN', `block ${digest} cannot be read`, { cause });
  }
  const actual = hash.digest('hex');
  if (actual === digest) return bytes;
  throw new Fault('BLOCK_CORRUPT', `the file of block ${digest} has the digest ${actual}`);
}
