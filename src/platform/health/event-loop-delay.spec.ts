import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EventLoopDelay } from './event-loop-delay.js';

describe('EventLoopDelay', () => {
  it('returns quantiles over the requested time', () => {
    const delay = new EventLoopDelay();
    for (let i = 1; i <= 200; i++) delay.add(10 * i, i <= 100 ? 500 : i - 100);
    expect(delay.since(1001)).toEqual({ samples: 100, p50Ms: 50, p99Ms: 99, maxMs: 100 });
    expect(delay.since(0)).toMatchObject({ samples: 200, maxMs: 500 });
  });

  it('drops samples older than a minute', () => {
    const delay = new EventLoopDelay();
    for (let i = 0; i < 7000; i++) delay.add(10 * i, i < 1000 ? 99 : 1);
    expect(delay.since(0)).toEqual({ samples: 6000, p50Ms: 1, p99Ms: 1, maxMs: 1 });
  });

  it('detects a blocked event loop', async () => {
    const delay = new EventLoopDelay();
    expect(delay.since(0)).toEqual({ samples: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 });
    delay.start();
    await sleep(30);
    const endMs = performance.now() + 80;
    while (performance.now() < endMs);
    await sleep(30);
    delay.stop();
    expect(delay.since(0).maxMs).toBeGreaterThan(60);
  });
});
