/** How many plan documents an honest camera gets whose times vary and whose world does not change, and one whose world does. */
import { describe, expect, it } from 'vitest';
import { SimulatedCamera } from '../../../test/support/cameras/simulated-camera.js';
import { digestOf as d, drawnModel } from '../../../test/support/networks/drawn-models.js';

const MINUTE = 60_000;
const FIRST_MINUTES = 5 * MINUTE;

/** in (40 kB) ─ a ─ 4 kB ─ b ─ y: near 6 Mbps, sending the input and sending m cost the same. */
const world = {
  model: drawnModel({
    inputs: ['in'],
    outputs: ['y'],
    blocks: { a: [['in'], ['m']], b: [['m'], ['y']] },
    elements: { in: 10_000, m: 1000 },
  }),
  deviceMs: new Map([
    [d('a'), 50],
    [d('b'), 400],
  ]),
  cloudMs: new Map([
    [d('a'), 2],
    [d('b'), 5],
  ]),
};

describe('a camera of one picture a second', () => {
  it.each([
    [0.1, 6.2, 1],
    [0.3, 1.1, 2],
    [0.5, 1.1, 3],
  ])(
    'gets at most two plans in an hour, after five minutes, where times vary by %s on %s Mbps',
    (sigma, mbps, seed) => {
      const camera = new SimulatedCamera({ ...world, sigma, mbps, seed });
      camera.run(FIRST_MINUTES + 60 * MINUTE);
      const later = camera.documents.filter(({ atMs }) => atMs >= FIRST_MINUTES);
      expect(later.length, JSON.stringify(later)).toBeLessThanOrEqual(2);
    },
  );

  it.each([0.05, 0.15, 0.3])(
    'gets a plan within a minute of a lasting change, where times vary by %s',
    (sigma) => {
      const camera = new SimulatedCamera({ ...world, sigma, mbps: 3, seed: 5 });
      camera.run(20 * MINUTE);
      camera.run(2 * MINUTE, 3);
      const [next] = camera.documents.filter(({ atMs }) => atMs > 20 * MINUTE);
      expect(next?.atMs).toBeLessThanOrEqual(21 * MINUTE);
    },
  );
});
