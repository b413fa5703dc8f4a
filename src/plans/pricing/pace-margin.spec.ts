import { describe, expect, it } from 'vitest';
import { meanWaits, SHAPES, type Shape } from '../../../test/support/planner/queue-oracle.js';
import { seededRandom } from '../../wire/index.js';
import {
  ASSUMED_MARGIN,
  MAX_MARGIN,
  marginFor,
  marginsOf,
  PROMISED_WAIT,
  slackOf,
  usableShare,
} from './pace-margin.js';

const FRAMES = 30_000;
/** A mean over that many frames is a little uncertain. */
const UNCERTAIN = 1.05;
const shapes = Object.keys(SHAPES) as Shape[];

function waitAt(load: number, gapSpread: number, spread: number, shape: Shape): number {
  const [wait = Number.NaN] = meanWaits([{ load, spread }], {
    gapSpread,
    frames: FRAMES,
    shape,
    seed: 11,
  });
  return wait;
}

/** The bound on the wait at a load (Daley 1977), as it is in the literature. */
const boundOn = (load: number, gaps: number, times: number): number =>
  (load ** 2 * (((2 - load) * gaps ** 2) / load + times ** 2)) / (2 * (1 - load));

describe('the margin of one machine', () => {
  it.each(shapes)('keeps waiting within the promise for spreads of up to a half: %s', (shape) => {
    for (const gaps of [0, 0.05, 0.1, 0.15]) {
      for (const times of [0, 0.1, 0.2, 0.3, 0.4, 0.5]) {
        const margin = marginFor(gaps, times);
        expect(margin).toBeLessThan(MAX_MARGIN);
        const wait = waitAt(1 - margin, gaps, times, shape);
        expect(wait, `gaps ${gaps}, times ${times}`).toBeLessThan(UNCERTAIN * PROMISED_WAIT);
      }
    }
  });

  it('is needed: with the assumed margin, frames that vary by half wait longer than promised', () => {
    for (const shape of shapes) {
      expect(waitAt(1 - ASSUMED_MARGIN, 0, 0.5, shape)).toBeGreaterThan(2 * PROMISED_WAIT);
    }
  });

  it('is not much larger than needed: frames then wait for more than a third of the promise', () => {
    for (const times of [0.3, 0.4, 0.5]) {
      const wait = waitAt(1 - marginFor(0, times), 0, times, 'log-normal');
      expect(wait).toBeGreaterThan(PROMISED_WAIT / 3);
    }
  });

  it('is the load at which the bound equals the promise', () => {
    const random = seededRandom(5);
    for (let i = 0; i < 200; i++) {
      const [gaps, times] = [0.9 * random(), 0.9 * random()];
      let [low, high] = [0, 1];
      for (let halvings = 0; halvings < 60; halvings++) {
        const load = (low + high) / 2;
        if (boundOn(load, gaps, times) > PROMISED_WAIT) high = load;
        else low = load;
      }
      expect(usableShare(gaps, times)).toBeCloseTo(low, 9);
    }
    expect(usableShare(0, 0)).toBe(1);
  });

  it('is between 3 and 30 %, whatever is measured', () => {
    expect([marginFor(0, 0), marginFor(0, 0.1)]).toEqual([0.03, 0.03]);
    expect([marginFor(0, 4), marginFor(10, 0), marginFor(10, 4)]).toEqual([0.3, 0.3, 0.3]);
    expect(marginFor(0, 0.25)).toBeCloseTo(ASSUMED_MARGIN, 2);
  });
});

describe('the margins of device, link and cloud', () => {
  const spread = (share: number, slower = 1) => ({ share, slower });

  it('keep waiting for each of them within the promise', () => {
    const cases = [
      [0.05, 0.3, 0.2, 0.1],
      [0, 0.45, 0.05, 0.05],
      [0.1, 0.1, 0.4, 0.1],
      [0.15, 0.02, 0.02, 0.4],
    ] as const;
    for (const [gaps, device, uplink, cloud] of cases) {
      const margins = marginsOf({
        ...{ gaps, device: spread(device), uplink: spread(uplink), cloud: spread(cloud) },
      });
      const machines = [
        { load: 1 - margins.device.share, spread: device },
        { load: 1 - margins.uplink.share, spread: uplink },
        { load: 1 - margins.cloud.share, spread: cloud },
      ];
      for (const shape of shapes) {
        const waits = meanWaits(machines, { gapSpread: gaps, frames: FRAMES, shape, seed: 3 });
        for (const wait of waits) expect(wait).toBeLessThan(UNCERTAIN * PROMISED_WAIT);
      }
    }
  });

  it('are a tenth while nothing is known', () => {
    const assumed = { share: 0.1, source: 'assumed', spread: undefined };
    expect(marginsOf()).toEqual({ device: assumed, uplink: assumed, cloud: assumed });
  });

  it('are measured only where the machine, and all before it, are known', () => {
    const steady = spread(0.02);
    const sources = (given: Parameters<typeof marginsOf>[0]) =>
      Object.values(marginsOf(given)).map(({ source, share }) => [source, share]);
    expect(sources({ gaps: 0, device: steady, uplink: steady, cloud: steady })).toEqual([
      ['measured', 0.03],
      ['measured', 0.03],
      ['measured', 0.03],
    ]);
    expect(sources({ gaps: 0, uplink: steady, cloud: steady })).toEqual([
      ['assumed', 0.1],
      ['assumed', 0.1],
      ['assumed', 0.1],
    ]);
    expect(sources({ device: steady, uplink: steady })).toEqual([
      ['assumed', 0.1],
      ['assumed', 0.1],
      ['assumed', 0.1],
    ]);
    const { device, uplink } = marginsOf({ device: spread(0.5) });
    expect([device.source, uplink.source]).toEqual(['assumed', 'assumed']);
    expect(device.share).toBeCloseTo(marginFor(0, 0.5));
    expect(uplink.share).toBeCloseTo(marginFor(0.5, 0));
  });

  it('leave predicted loads the less the slower a machine is than predicted, up to a quarter', () => {
    const slackAt = (slower: number): number =>
      slackOf(marginsOf({ gaps: 0, device: spread(0, slower) }).device);
    expect(slackAt(1)).toBeCloseTo(0.03);
    expect(slackAt(0.7)).toBeCloseTo(0.03);
    expect(slackAt(1.1)).toBeCloseTo(1 - 0.97 / 1.1);
    expect(slackAt(3)).toBeCloseTo(1 - 0.97 / 1.25);
  });
});
