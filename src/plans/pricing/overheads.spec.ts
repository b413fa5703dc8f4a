import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downlinkMs } from './link-estimates.js';
import { NO_OVERHEADS, OverheadEstimates } from './overheads.js';

const stages = { deviceMs: 0, encodeMs: 0, uplinkMs: 20, queueMs: 0, cloudMs: 5, downlinkMs: 1 };
const predicted = { ...stages, totalMs: 26 };

/** Learns of frames with a result of some bytes that took so long on its way back, and so much more on the uplink. */
function learnFrames(
  estimates: OverheadEstimates,
  count: number,
  resultBytes: number,
  backMs: number,
  moreUplinkMs = 0,
): void {
  for (let i = 0; i < count; i++) {
    const { overheads } = estimates;
    const measured = { ...stages, downlinkMs: backMs, uplinkMs: 20 + moreUplinkMs };
    const uplinkMs = 20 + 2 * overheads.tensorMs;
    estimates.learn({
      ...{ measured, predicted: { ...predicted, uplinkMs }, overheads, tensors: 2, resultBytes },
      lossyTensors: 0,
    });
  }
}

describe('overheads', () => {
  it('are nothing, and 20 Mbps on the way back, before frames are seen', () => {
    const { overheads } = new OverheadEstimates();
    expect(overheads).toEqual(NO_OVERHEADS);
    expect(downlinkMs(25_000, overheads)).toBeCloseTo(10);
  });

  it('take the time of a small result, and the rate of a large one', () => {
    const estimates = new OverheadEstimates();
    learnFrames(estimates, 8, 4000, 0.4);
    expect(downlinkMs(4000, estimates.overheads)).toBeCloseTo(0.4);
    learnFrames(estimates, 8, 100_000, 16);
    expect(downlinkMs(100_000, estimates.overheads)).toBeCloseTo(16, 0);
    expect(estimates.overheads.downlinkMsPerByte).toBeCloseTo(16e-5, 5);
  });

  it('are shared among tensors once, up to a limit', () => {
    const estimates = new OverheadEstimates();
    learnFrames(estimates, 20, 4000, 1, 6);
    expect(estimates.overheads.tensorMs).toBeCloseTo(3);
    learnFrames(estimates, 20, 4000, 1, 500);
    expect(estimates.overheads.tensorMs).toBe(10);
    learnFrames(estimates, 20, 4000, 1, -3);
    expect(estimates.overheads.tensorMs).toBe(0);
  });

  it('learn nothing of a link that was not measured', () => {
    const estimates = new OverheadEstimates();
    learnFrames(estimates, 20, 4000, 5, 6);
    const { overheads } = estimates;
    const measured = { ...stages, uplinkMs: 0, downlinkMs: 0 };
    for (let i = 0; i < 20; i++) {
      estimates.learn({
        ...{ measured, predicted, overheads, tensors: 2, lossyTensors: 0, resultBytes: 4000 },
      });
    }
    expect(estimates.overheads).toEqual(overheads);
  });

  it('are learned for lossy encodings apart from their bytes', () => {
    const estimates = new OverheadEstimates();
    for (let i = 0; i < 20; i++) {
      const { overheads } = estimates;
      const encodeMs = 1 + 3 * overheads.encodeMs;
      estimates.learn({
        ...{ measured: { ...stages, encodeMs: 5.5 }, predicted: { ...predicted, encodeMs } },
        ...{ overheads, tensors: 3, lossyTensors: 3, resultBytes: 4000 },
      });
    }
    expect(estimates.overheads.encodeMs).toBeCloseTo(1.5);
  });

  it('are the same object while nothing notable happens', () => {
    const estimates = new OverheadEstimates();
    estimates.learnDevice({ handOverMs: 0.05, frameMs: 0.08 });
    expect(estimates.overheads).toBe(NO_OVERHEADS);
    estimates.learnDevice({ handOverMs: 0.3, frameMs: 0.08 });
    expect(estimates.overheads).toMatchObject({ handOverMs: 0.3, frameMs: 0.08 });
  });

  it('approach the overhead of the tail though one frame in five is an outlier', () => {
    const noisy = fc.double({ min: 2.9, max: 3.1, noNaN: true });
    const outlier = fc.double({ min: -100, max: 1e4, noNaN: true });
    const five = fc.tuple(noisy, noisy, outlier, noisy, noisy);
    fc.assert(
      fc.property(fc.array(five, { minLength: 2, maxLength: 10 }), (groups) => {
        const estimates = new OverheadEstimates();
        for (const ms of groups.flat()) estimates.learnTail(ms);
        expect(estimates.overheads.tailMs).toBeGreaterThan(2.7);
        expect(estimates.overheads.tailMs).toBeLessThan(3.3);
      }),
    );
  });
});
