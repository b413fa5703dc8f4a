/** Blocks as files named by the SHA-256 of their bytes; a file with another digest is never served. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault } from '../../wire/index.js';
import { InTurn } from './in-turn.js';

export interface BlockFile {
  readonly path: string;
  readonly bytes: number;
}

const DIGEST = /^[0-9a-f]{64}$/;

export class BlockStore {
  private readonly folder: string;
  /** State of each file (time and size) when its digest was last found right: hashing is repeated only after a change. */
  private readonly verifiedStates = new Map<string, string>();
  /** Running hashes: the devices of a fleet request the blocks of a new model at once. */
  private readonly hashing = new Map<string, Promise<string>>();

  private readonly turns = new InTurn();

  constructor(dataFolder: string) {
    this.folder = resolve(dataFolder, 'blocks');
  }

  /** Runs an action that changes files and rows, one at a time. */
  exclusively<T>(action: () => Promise<T>): Promise<T> {
    return this.turns.run(action);
  }

  /** Where the block with this digest is, or would be. */
  pathOf(digest: string): string {
    return join(this.folder, digest.slice(0, 2), digest);
  }

  /** Moves a block in from a file; throws BLOCK_CORRUPT when the bytes do not have the digest. */
  async adopt(path: string, digest: string): Promise<void> {
    const actual = await digestOf(path);
    if (actual !== digest) throw corrupt(digest, actual);
    const file = await open(path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await mkdir(join(this.folder, digest.slice(0, 2)), { recursive: true });
    await rename(path, this.pathOf(digest));
    this.verifiedStates.delete(digest);
  }

  /** A block whose bytes have its digest. Throws BLOCK_UNKNOWN, and BLOCK_CORRUPT for a file that was changed. */
  async verified(digest: string): Promise<BlockFile> {
    const path = this.pathOf(digest);
    const found = DIGEST.test(digest) ? await stat(path).catch(absent) : undefined;
    if (found === undefined) throw new Fault('BLOCK_UNKNOWN', `block ${digest} not found`);
    const state = `${found.ino} ${found.mtimeMs} ${found.ctimeMs} ${found.size}`;
    if (this.verifiedStates.get(digest) !== state) {
      const actual = await this.hashedOnce(path, state);
      if (actual !== digest) throw corrupt(digest, actual);
      this.verifiedStates.set(digest, state);
    }
    return { path, bytes: found.size };
  }

  /** The digest of a file in a state, computed once for concurrent requests. */
  private hashedOnce(path: string, state: string): Promise<string> {
    const key = `${path} ${state}`;
    const known = this.hashing.get(key) ?? digestOf(path).finally(() => this.hashing.delete(key));
    this.hashing.set(key, known);
    return known;
  }

  async remove(digest: string): Promise<void> {
    this.verifiedStates.delete(digest);
    await rm(this.pathOf(digest), { force: true });
  }

  /** Digests of all files. */
  async list(): Promise<string[]> {
    await mkdir(this.folder, { recursive: true });
    const names = await readdir(this.folder, { recursive: true });
    return names.map((name) => name.split('/').at(-1) ?? '').filter((name) => DIGEST.test(name));
  }
}

/** Undefined for a file that is not there; a disk that fails says nothing about that. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece);
  return hash.digest('hex');
}

function corrupt(digest: string, actual: string): Fault {
  return new Fault('BLOCK_CORRUPT', `the file of block ${digest} has the digest ${actual}`);
}
