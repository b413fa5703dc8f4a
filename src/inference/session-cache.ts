/** Open sessions of blocks in a tail process, by digest: bounded by bytes, the one used longest ago goes first. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { openSession, type Session } from '../runtime/index.js';
import { Fault } from '../wire/index.js';
import type { BlockFile, TailSettings } from './tail-call.js';

interface Open {
  readonly session: Session;
  readonly bytes: number;
}

export class SessionCache {
  /** Used longest ago first. */
  private readonly open = new Map<string, Open>();
  private bytes = 0;

  /** The session of a block. Throws BLOCK_UNKNOWN, BLOCK_CORRUPT, or what the runtime refuses. */
  async session(block: BlockFile, settings: TailSettings): Promise<Session> {
    const known = this.open.get(block.digest);
    if (known !== undefined) {
      this.open.delete(block.digest);
      this.open.set(block.digest, known);
      return known.session;
    }
    const file = await readBlock(block);
    await this.makeRoom(settings.cacheBytes - file.length);
    const session = await openSession(file, { threads: settings.threads });
    this.open.set(block.digest, { session, bytes: file.length });
    this.bytes += file.length;
    return session;
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

async function readBlock({ digest, path }: BlockFile): Promise<Uint8Array> {
  let file: Uint8Array;
  try {
    file = await readFile(path);
  } catch (cause) {
    throw new Fault('BLOCK_UNKNOWN', `block ${digest} cannot be read`, { cause });
  }
  const actual = createHash('sha256').update(file).digest('hex');
  if (actual === digest) return file;
  throw new Fault('BLOCK_CORRUPT', `the file of block ${digest} has the digest ${actual}`);
}
