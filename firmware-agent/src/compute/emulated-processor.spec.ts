import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../clock.js';
import { EmulatedProcessor } from './emulated-processor.js';

/** Keeps the processor busy. */
async function compute(ms: number): Promise<string> {
  const endMs = monotonicMs() + ms;
  while (monotonicMs() < endMs);
  return 'done';
}

/** Some ten ms of the processor, however little of it others leave: each root waits for the one before. */
async function computeRoots(): Promise<number> {
  let root = 0;
  for (let i = 0; i < 2_000_000; i++) root = Math.sqrt(root + i);
  return root;
}

describe('an emulated processor', () => {
  it('takes as many times longer as it is slower, and says so', async () => {
    const startMs = monotonicMs();
    const { value, ms } = await new EmulatedProcessor(4).run('work', computeRoots);
    const tookMs = monotonicMs() - startMs;
    expect(value).toBeGreaterThan(1000);
    expect(ms).toBeGreaterThan(10);
    expect(tookMs).toBeGreaterThanOrEqual(ms);
  });

  it('measures without taking the time', async () => {
    const startMs = monotonicMs();
    const { ms } = await new EmulatedProcessor(1000).measure('work', computeRoots);
    expect(ms).toBeGreaterThan(1000);
    expect(monotonicMs() - startMs).toBeLessThan(ms);
  });

  it('takes a moment of the host for what it is, once it knows the work', async () => {
    const processor = new EmulatedProcessor(10);
    const { ms: usualMs } = await processor.measure('work', () => compute(4));
    const { ms: longMs } = await processor.measure('work', () => compute(40));
    expect(longMs).toBeLessThan(2 * usualMs);
  });

  it('is not quicker for good because one run seemed to cost nothing', async () => {
    const processor = new EmulatedProcessor(10);
    for (let i = 0; i < 8; i++) await processor.measure('work', () => compute(4));
    await processor.measure('work', () => compute(0.2));
    const { ms } = await processor.measure('work', () => compute(4));
    // Ten times 0.2 ms, and a little more, if that were its best.
    expect(ms).toBeGreaterThan(6);
  });

  it('is this processor itself when it is not slower', async () => {
    const { ms } = await new EmulatedProcessor(1).run('work', () => compute(5));
    expect(ms).toBeGreaterThanOrEqual(5);
  });
});
