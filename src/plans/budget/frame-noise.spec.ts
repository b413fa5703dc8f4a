import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../wire/index.js';
import type { SpreadFrame } from '../pricing/frame-spreads.js';
import { driftByNoise, FrameNoise, gainByNoise } from './frame-noise.js';

const predicted = {
  ...{ deviceMs: 40, encodeMs: 0, uplinkMs: 30, queueMs: 0, cloudMs: 20, downlinkMs: 5 },
  totalMs: 95,
};

/** A frame whose stages took these multiples of the prediction. */
function frameOf(device: number, uplink: number, cloud: number, modelId = 'm'): SpreadFrame {
  const { totalMs: _, ...stages } = predicted;
  const measured = { deviceMs: 40 * device, uplinkMs: 30 * uplink, cloudMs: 20 * cloud };
  const record = { outcome: 'cloud' as const, measured: { ...stages, ...measured }, ageMs: 0 };
  return { modelId, record: { ...record, link: null }, predicted, sends: true };
}

describe('the noise of frames', () => {
  const noisyFrames = (frames: number) => {
    const noise = new FrameNoise();
    const random = seededRandom(1);
    for (let i = 0; i < frames; i++) noise.learn(frameOf(0.8 + 0.4 * random(), 1, 1), 1000 * i);
    return noise;
  };

  it('is that of each stage, and unknown before some frames', () => {
    expect(noisyFrames(5).at(60_000)).toEqual({});
    const { device, ...others } = noisyFrames(60).at(60_000);
    // The standard deviation of a uniform factor between 0.8 and 1.2 is 0.115.
    expect(device).toBeGreaterThan(0.08);
    expect(device).toBeLessThan(0.16);
    expect(others).toEqual({ uplink: 0, cloud: 0 });
  });

  it('is unknown again with another model', () => {
    const noise = noisyFrames(60);
    noise.learn(frameOf(1, 1, 1, 'other'), 60_000);
    expect(noise.at(60_000)).toEqual({});
  });

  it('is unknown again for a stage that no frame has shown for ten minutes', () => {
    const noise = noisyFrames(60);
    const alone = frameOf(1, 1, 1);
    const record = { ...alone.record, outcome: 'local-plan' as const };
    noise.learn({ ...alone, record }, 700_000);
    expect(Object.keys(noise.at(700_000))).toEqual(['device']);
  });
});

describe('what noise explains', () => {
  const now = { deviceMs: 40, uplinkMs: 30, queueMs: 0, cloudMs: 20 };

  it('is nothing of the stages that two plans share', () => {
    expect(gainByNoise({ device: 0.5, uplink: 0.5 }, now, { ...now, cloudMs: 5 }, 100)).toBe(0);
  });

  it('is a gain of three standard errors of the stages that differ', () => {
    // 20 ms that vary by a tenth: 2 ms; their median of fifteen by 2 · 1.2533 / √15 = 0.647 ms.
    const gain = gainByNoise({ device: 0.1 }, now, { ...now, deviceMs: 20 }, 100);
    expect(gain).toBeCloseTo(0.0194, 3);
  });

  it('is a drift of three standard errors of two medians', () => {
    // 4 ms, their median by 1.294 ms, the difference of two by 1.83 ms.
    expect(driftByNoise({ device: 0.1 }, now, 100)).toBeCloseTo(0.0549, 3);
  });

  it('is bounded, and nothing while it is unknown', () => {
    expect(gainByNoise({ device: 50 }, now, { ...now, deviceMs: 0 }, 100)).toBe(0.25);
    expect(driftByNoise({ device: 50 }, now, 100)).toBe(0.5);
    expect(driftByNoise({}, now, 100)).toBe(0);
    expect([
      gainByNoise({ device: 1 }, now, { ...now, deviceMs: 0 }, 0),
      driftByNoise({ device: 1 }, now, 0),
    ]).toEqual([...[0, 0]]);
  });
});
