import { expect, it } from 'vitest';
import type { BurstJob } from '../job.js';
import { descended } from './descent.js';
import { noFrameOf } from './label.js';

it('evaluates fewer sequences the more frames they have', () => {
  const FRAMES = 400;
  let labels = 0;
  const jobOf = (linkMs: number): BurstJob => ({
    ...{ decision: { device: [], sendings: new Map() }, leadSteps: 1, sends: true },
    ...{ leadMs: 1, trailMs: 0, linkMs, cloudMs: 1, workMs: 2, pieceMs: 2 },
    get linkFromDeviceMs() {
      labels += 1;
      return linkMs + 1;
    },
    ...{ cloudFromLinkMs: linkMs + 1, cloudFromDeviceMs: linkMs + 2 },
    ...{ lastFromLinkMs: linkMs + 2, lastFromDeviceMs: linkMs + 3, wholeMs: 2, sharedMs: 0 },
    ...{ loads: [1, linkMs, 1], headsMs: [1, linkMs + 1], tailMs: 2 },
  });
  const [slow, fast] = [jobOf(3), jobOf(2)];
  const sequence = Array.from({ length: FRAMES }, (_, i) => (i % 2 === 0 ? slow : fast));
  expect(descended(noFrameOf(2), sequence, [slow, fast], 0)).toHaveLength(FRAMES);
  expect(labels).toBeLessThanOrEqual(192_000 + 2 * FRAMES);
});
