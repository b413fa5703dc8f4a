import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { RequestBodies } from './request-bodies.js';

const LIMITS = { bodyBytes: 10_000, totalBytes: 100_000 };

/** A body that comes in pieces of one size. */
const body = (pieces: number, bytes: number) =>
  Readable.from(Array(pieces).fill(Buffer.alloc(bytes, 1))) as unknown as IncomingMessage;

describe('bodies of requests', () => {
  it('count the memory of very small pieces', async () => {
    const bodies = new RequestBodies(LIMITS);
    await expect(bodies.read(body(1000, 1))).rejects.toMatchObject({ code: 'FRAME_REFUSED' });
    // The memory was given back: a body as large comes in larger pieces.
    expect((await bodies.read(body(10, 1000))).bytes).toHaveLength(10_000);
  });

  it('take only their bytes when they are complete, until they are released', async () => {
    const bodies = new RequestBodies(LIMITS);
    const held = [];
    for (let i = 0; i < 10; i++) held.push(await bodies.read(body(1, 9900)));
    await expect(bodies.read(body(1, 2000))).rejects.toMatchObject({ code: 'FRAME_REFUSED' });
    held[0]?.release();
    expect((await bodies.read(body(1, 2000))).bytes).toHaveLength(2000);
  });
});
