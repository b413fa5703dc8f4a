import { describe, expect, it } from 'vitest';
import { type TailUser, workersFor } from './worker-share.js';

const stream = (tailAtMs: number): TailUser => ({ objective: 'stream', tailAtMs });

describe('the tail processes a stream counts on', () => {
  it('are all of them while the stream is alone, also before its first tail', () => {
    const own = stream(Number.NEGATIVE_INFINITY);
    expect(workersFor(own, [own], 4, 100_000)).toBe(4);
  });

  it('are shared with streams of the last seconds, not with single frames or what is long ago', () => {
    const own = stream(99_000);
    const frames: TailUser = { objective: 'frame', tailAtMs: 99_999 };
    expect(workersFor(own, [own, stream(95_000), frames, stream(50_000)], 4, 100_000)).toBe(2);
  });

  it('are never fewer than one', () => {
    const own = stream(99_000);
    const rivals = Array.from({ length: 9 }, () => stream(99_500));
    expect(workersFor(own, [own, ...rivals], 2, 100_000)).toBe(1);
  });
});
