import { describe, expect, it } from 'vitest';
import { wavesOf } from './waves.js';

const fleet = (count: number, isConnected = (_: number): boolean => true) =>
  Array.from({ length: count }, (_, i) => ({ device: `pi-${i}`, isConnected: isConnected(i) }));

const sizes = (waves: Map<string, number>, count: number) =>
  Array.from({ length: count }, (_, wave) => [...waves.values()].filter((w) => w === wave).length);

describe('waves', () => {
  it('are the shares of the fleet', () => {
    expect(sizes(wavesOf(fleet(10), [0.1, 0.5, 1]), 3)).toEqual([1, 4, 5]);
  });

  it('begin with one device in the smallest fleet, and may then be empty', () => {
    expect(sizes(wavesOf(fleet(1), [0.1, 0.5, 1]), 3)).toEqual([1, 0, 0]);
    expect(sizes(wavesOf(fleet(3), [0.1, 0.5, 1]), 3)).toEqual([1, 1, 1]);
  });

  it('begin with devices that are online', () => {
    const waves = wavesOf(
      fleet(4, (i) => i === 3),
      [0.25, 1],
    );
    expect(waves.get('pi-3')).toBe(0);
    expect(sizes(waves, 2)).toEqual([1, 3]);
  });

  it('include every device, whatever is rounded', () => {
    expect(sizes(wavesOf(fleet(7), [0.34, 0.67, 1]), 3)).toEqual([3, 2, 2]);
  });

  it('are the exact shares: 7 % of a hundred devices are seven', () => {
    expect(sizes(wavesOf(fleet(100), [0.07, 0.55, 1]), 3)).toEqual([7, 48, 45]);
  });
});
