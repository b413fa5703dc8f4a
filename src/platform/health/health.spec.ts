import { describe, expect, it } from 'vitest';
import { Clock } from '../clock.js';
import { Health } from './health.js';

describe('Health', () => {
  it('runs its checks once for requests at the same time, and again later', async () => {
    const health = new Health(new Clock());
    let runs = 0;
    let isWell = true;
    health.register('part', async () => {
      runs += 1;
      await new Promise(setImmediate);
      if (!isWell) throw new Error('ill');
    });
    const states = await Promise.all(Array.from({ length: 100 }, () => health.state()));
    expect(runs).toBe(1);
    expect(states.every(({ isReady }) => isReady)).toBe(true);
    isWell = false;
    expect(await health.state()).toMatchObject({
      isReady: false,
      checks: { part: { ok: false, because: 'ill' } },
    });
  });
});
