/** The blocks on disk, by digest. A file is hashed every time before a model is loaded; a damaged one is fetched again. */
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlockSpec, Fault } from '../../../src/wire/index.js';
import { monotonicMs, pause } from '../clock.js';
import { Backoff } from '../cloud/rest/backoff.js';
import { type BlockSource, digestOf, downloadBlock } from '../cloud/rest/block-download.js';
import type { Log } from '../log.js';
import type { Damage } from './damage.js';

const PROGRESS_MS = 3000;
/** Attempts for a block that arrives corrupt, before that is reported. */
const CORRUPT_LIMIT = 3;

/** The same failure of a download is logged so often. */
const REPEAT_WARNING_MS = 600_000;

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Called with every failure that is retried. */
  readonly onFault: (fault: Fault) => void;
}

export class BlockStore {
  /** Hashed since the last model was loaded: retries of its download do not hash them again. */
  private readonly trusted = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly source: BlockSource,
    private readonly damage: Damage,
    private readonly log: Log,
  ) {}

  path(digest: string): string {
    return join(this.folder, digest);
  }

  /** Digests of the blocks on disk. */
  async held(): Promise<string[]> {
    const names = await this.names();
    return names.filter((name) => /^[0-9a-f]{64}$/.test(name));
  }

  /** True when the block is here and unchanged. */
  async has(digest: string): Promise<boolean> {
    if (this.trusted.has(digest)) return true;
    const found = await digestOf(this.path(digest)).catch(() => undefined);
    if (found === undefined) return false;
    if (found === digest) {
      this.trusted.add(digest);
      return true;
    }
    this.damage.note(
      `block ${digest} on disk is damaged (its bytes have digest ${found})`,
      'removed',
    );
    await rm(this.path(digest), { force: true });
    return false;
  }

  /**
   * Downloads all blocks that are missing or damaged, retrying while the cloud is unreachable; throws what the cloud itself rejects a block
   * with, and what the disk does. On a full disk, blocks that are neither among these nor in force make room first.
   */
  async fetchMissing(
    blocks: readonly BlockSpec[],
    inForce: readonly BlockSpec[],
    { signal, onFault }: FetchOptions,
  ): Promise<void> {
    try {
      await this.fetchAll(blocks, { signal, onFault });
    } catch (error) {
      const isFull = error instanceof Fault && error.code === 'DISK_FULL';
      const needed = new Set([...blocks, ...inForce].map(({ digest }) => digest));
      if (!isFull || (await this.prune(needed, 0)) === 0) throw error;
      await this.fetchAll(blocks, { signal, onFault });
    }
  }

  /** The blocks were loaded: a file that is loaded later is hashed again, since it may have been damaged by then. */
  noteLoaded(): void {
    this.trusted.clear();
  }

  /** Removes unused blocks, the longest unused first, until they take at most a size; returns the bytes freed. */
  async prune(needed: ReadonlySet<string>, limitBytes: number): Promise<number> {
    await this.dropParts(needed);
    const spare = (await this.held()).filter((digest) => !needed.has(digest));
    const files = await Promise.all(
      spare.map(async (digest) => ({ digest, ...(await this.sizeAndAge(digest)) })),
    );
    files.sort((a, b) => b.usedMs - a.usedMs);
    let bytes = 0;
    let freedBytes = 0;
    for (const file of files) {
      bytes += file.size;
      if (bytes <= limitBytes) continue;
      await rm(this.path(file.digest), { force: true });
      this.log.info(`block ${file.digest} removed: no model uses it`);
      this.trusted.delete(file.digest);
      freedBytes += file.size;
    }
    return freedBytes;
  }

  private async fetchAll(blocks: readonly BlockSpec[], options: FetchOptions): Promise<void> {
    for (const [i, block] of blocks.entries()) {
      options.signal.throwIfAborted();
      if (!(await this.has(block.digest))) {
        await this.fetch(block, `block ${i + 1} of ${blocks.length}`, options);
      }
      const now = new Date();
      // Only the order in which unused blocks are removed depends on it: a read-only disk is no obstacle.
      await utimes(this.path(block.digest), now, now).catch(() => undefined);
    }
  }

  /** None where the folder could not be made yet. */
  private async names(): Promise<string[]> {
    return readdir(this.folder).catch(() => []);
  }

  private async dropParts(needed: ReadonlySet<string>): Promise<void> {
    const parts = (await this.names()).filter((name) => name.endsWith('.part'));
    const spare = parts.filter((name) => !needed.has(name.slice(0, -'.part'.length)));
    await Promise.all(spare.map((name) => rm(join(this.folder, name), { force: true })));
  }

  private async sizeAndAge(digest: string): Promise<{ size: number; usedMs: number }> {
    const { size, mtimeMs } = await stat(this.path(digest));
    return { size, usedMs: mtimeMs };
  }

  private async fetch(
    block: BlockSpec,
    which: string,
    { signal, onFault }: FetchOptions,
  ): Promise<void> {
    const backoff = new Backoff();
    const warn = warnSparsely(this.log);
    let corrupt = 0;
    for (;;) {
      try {
        await this.attempt(block, which, signal);
        this.trusted.add(block.digest);
        return;
      } catch (error) {
        signal.throwIfAborted();
        corrupt += error instanceof Fault && error.code === 'BLOCK_CORRUPT' ? 1 : 0;
        const mayHeal = corrupt < CORRUPT_LIMIT && isPassing(error);
        if (!mayHeal) throw error;
        onFault(error);
        const waitMs = backoff.pauseMs(0);
        warn(error.message, `; trying again in ${(waitMs / 1000).toFixed(1)} s`);
        await pause(waitMs, signal);
        signal.throwIfAborted();
      }
    }
  }

  private async attempt(block: BlockSpec, which: string, signal: AbortSignal): Promise<void> {
    const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    let reportedMs = Date.now();
    await mkdir(this.folder, { recursive: true });
    await downloadBlock(this.source, {
      digest: block.digest,
      bytes: block.bytes,
      path: this.path(block.digest),
      signal,
      onProgress: (bytes) => {
        if (Date.now() - reportedMs < PROGRESS_MS) return;
        reportedMs = Date.now();
        this.log.info(`${which}: ${mebibytes(bytes)} of ${mebibytes(block.bytes)}`);
      },
    });
    this.log.info(`${which} is here (${mebibytes(block.bytes)}, ${block.digest.slice(0, 12)})`);
  }
}

function isPassing(error: unknown): error is Fault {
  const passing = ['CLOUD_UNREACHABLE', 'BLOCK_CORRUPT'];
  return error instanceof Fault && passing.includes(error.code);
}

/** Warns of a text that is new or was not logged for a while: a captive portal may stand for days. */
function warnSparsely(log: Log): (text: string, more: string) => void {
  let last = { text: '', atMs: Number.NEGATIVE_INFINITY };
  return (text, more) => {
    const atMs = monotonicMs();
    const isNews = text !== last.text || atMs - last.atMs >= REPEAT_WARNING_MS;
    if (isNews) last = { text, atMs };
    log[isNews ? 'warn' : 'debug'](`${text}${more}`);
  };
}
