import { describe, expect, it } from 'vitest';
import { type Candidate, waveOf } from './waves.js';

const at = (s: number) => new Date(1_000 * s);

/** Devices that are online, a minute each. */
const online = (count: number, since = (_: number): Date => at(0)): Candidate[] =>
  Array.from({ length: count }, (_, i) => ({ device: `pi-${i}`, onlineSince: since(i) }));

/** Sizes of the waves of a fleet that is online all the time. */
function sizes(count: number, shares: readonly number[]): number[] {
  let candidates = online(count);
  return shares.map((share, i) => {
    const given = count - candidates.length;
    const drawn = waveOf(candidates, { share, isFirst: i === 0, given, warmSince: at(60) });
    candidates = candidates.filter(({ device }) => !drawn.includes(device));
    return drawn.length;
  });
}

describe('waves', () => {
  it('are the shares of the devices that are online', () => {
    expect(sizes(10, [0.1, 0.5, 1])).toEqual([1, 4, 5]);
  });

  it('begin with one device in the smallest fleet, and may then be empty', () => {
    expect(sizes(1, [0.1, 0.5, 1])).toEqual([1, 0, 0]);
    expect(sizes(3, [0.1, 0.5, 1])).toEqual([1, 1, 1]);
  });

  it('include every device, whatever is rounded', () => {
    expect(sizes(7, [0.34, 0.67, 1])).toEqual([3, 2, 2]);
  });

  it('are the exact shares: 7 % of a hundred devices are seven', () => {
    expect(sizes(100, [0.07, 0.55, 1])).toEqual([7, 48, 45]);
  });

  it('count devices that came since, and those that have the change', () => {
    const drawn = waveOf(online(10), { share: 0.5, isFirst: false, given: 2, warmSince: at(60) });
    expect(drawn).toHaveLength(4);
  });

  it('begin with devices that are online for long: what is usual for them is known', () => {
    const fresh = online(4, (i) => at(i === 3 ? 0 : 100));
    const first = { share: 0.5, isFirst: true, given: 0, warmSince: at(60) };
    expect(waveOf(fresh, first)).toEqual(['pi-3', 'pi-0']);
  });
});
