import { describe, expect, it } from 'vitest';
import { Slowness } from './slowness.js';

describe('the slowness of a device', () => {
  it('is uncertain until frames have shown their spread', () => {
    const slowness = new Slowness();
    expect([slowness.factor, slowness.spread]).toEqual([1, 0.1]);
    slowness.learn(200, 100);
    expect(slowness.spread).toBe(0.1);
    for (let i = 0; i < 50; i++) slowness.learn(200, 100);
    expect(slowness.factor).toBeCloseTo(2);
    expect(slowness.spread).toBeLessThan(0.01);
  });

  it('does not take an error of the profile for a spread', () => {
    const slowness = new Slowness();
    for (let i = 0; i < 3; i++) slowness.learn(300, 100);
    expect(slowness.factor).toBeGreaterThan(2);
    expect(slowness.spread).toBe(0);
  });

  it('has the spread of frames that differ, and ignores those without a prediction', () => {
    const slowness = new Slowness();
    for (let i = 0; i < 200; i++) slowness.learn(i % 2 === 0 ? 80 : 120, 100);
    expect(slowness.spread).toBeGreaterThan(0.1);
    expect(slowness.spread).toBeLessThan(0.3);
    const before = slowness.factor;
    slowness.learn(500, 0);
    expect(slowness.factor).toBe(before);
  });
});
