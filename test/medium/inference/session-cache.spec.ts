/** Sessions a tail process keeps open: warm as long as there is room, and never more than the room. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionCache } from '../../../src/inference/tail-process/session-cache.js';
import type { BlockFile } from '../../../src/inference/tail-process/tail.js';
import { type SplitModel, splitModel } from '../../support/devices/split-model.js';

let folder: string;
let network: SplitModel;
let blocks: (BlockFile & { readonly bytes: number })[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-sessions-'));
  network = await splitModel('tiny-fork');
  blocks = await Promise.all(
    [...network.blocks].map(async ([digest, bytes]) => {
      const path = join(folder, digest);
      await writeFile(path, bytes);
      return { digest, path, bytes: bytes.length };
    }),
  );
});

afterAll(async () => {
  await network.whole.release();
  await rm(folder, { recursive: true, force: true });
});

describe('open sessions of blocks', () => {
  it('are reused while there is room; the least recently used is closed first', async () => {
    const [a, b, c] = blocks;
    if (a === undefined || b === undefined || c === undefined) throw new Error('too few blocks');
    const cache = new SessionCache();
    // Room for two of the three, whichever they are.
    const settings = { threads: 1, cacheBytes: a.bytes + b.bytes + c.bytes - 1 };
    const first = await cache.take(a, settings);
    const second = await cache.take(b, settings);
    expect(await cache.take(a, settings)).toBe(first);
    await cache.take(c, settings);
    // Not a, which came before b but was used after it.
    expect(await cache.take(a, settings)).toBe(first);
    expect(await cache.take(b, settings)).not.toBe(second);
    for (const block of [a, b, c]) await cache.take(block, { threads: 1, cacheBytes: 0 });
  });

  it('are opened for a block larger than the room', async () => {
    const [a] = blocks;
    if (a === undefined) throw new Error('no block');
    const cache = new SessionCache();
    const { session } = await cache.take(a, { threads: 1, cacheBytes: 1 });
    expect(session.inputs.length).toBeGreaterThan(0);
  });
});
