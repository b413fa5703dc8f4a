import { describe, expect, it } from 'vitest';
import { type FrameRecord, type Prediction, seededRandom } from '../../wire/index.js';
import { FrameSpreads, type SpreadFrame } from './frame-spreads.js';

const PREDICTED: Prediction = {
  ...{ deviceMs: 40, encodeMs: 10, uplinkMs: 70, queueMs: 0, cloudMs: 20, downlinkMs: 5 },
  totalMs: 145,
};
const RTT_MS = 30;

/** A frame whose device, link and cloud took these multiples of their predictions. */
function frameOf(
  [device, uplink, cloud]: readonly [number, number, number],
  record: Partial<FrameRecord> = {},
  more: Partial<SpreadFrame> = {},
): SpreadFrame {
  const measured = {
    ...PREDICTED,
    ...{ deviceMs: 40 * device, encodeMs: 10 * device },
    ...{ uplinkMs: RTT_MS + 40 * uplink, cloudMs: 20 * cloud },
  };
  const link = { uplinkMsPerByte: 0.001, rttMs: RTT_MS, ageMs: 0 };
  return {
    ...{ modelId: 'm', predicted: PREDICTED, sends: true },
    record: { outcome: 'cloud', measured, link, ageMs: 0, ...record },
    ...more,
  };
}

const same = (ratio: number) => [ratio, ratio, ratio] as const;

/** Standard deviation over the mean, in two passes. */
function spreadOf(values: readonly number[]): number {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return Math.sqrt(squares / values.length) / mean;
}

describe('the spreads of frames', () => {
  it('are unknown before sixteen frames, and then what two passes over them find', () => {
    const random = seededRandom(4);
    const spreads = new FrameSpreads();
    const ratios = Array.from(
      { length: 16 },
      () => [random(), 1 + random(), 2 * random()] as const,
    );
    for (const [i, [a, b, c]] of ratios.entries()) {
      expect(spreads.at(i)).toEqual({});
      spreads.learn(frameOf([a, b, c]), i);
    }
    const { device, uplink, cloud } = spreads.at(16);
    expect(device?.share).toBeCloseTo(spreadOf(ratios.map(([a]) => a)), 9);
    expect(uplink?.share).toBeCloseTo(spreadOf(ratios.map(([, b]) => b)), 9);
    expect(cloud?.share).toBeCloseTo(spreadOf(ratios.map(([, , c]) => c)), 9);
    expect(uplink?.slower).toBeCloseTo(ratios.reduce((sum, [, b]) => sum + b, 0) / 16, 9);
  });

  it('take no steady error of the prediction for a spread, but say it', () => {
    const spreads = new FrameSpreads();
    for (let i = 0; i < 100; i++) spreads.learn(frameOf(same(1.2)), i);
    const { device } = spreads.at(100);
    expect(device?.share).toBeCloseTo(0, 6);
    expect(device?.slower).toBeCloseTo(1.2, 6);
  });

  it('learn nothing of an uplink that was not measured', () => {
    const spreads = new FrameSpreads();
    const unmeasured = { ...frameOf(same(1)).record.measured, uplinkMs: 0 };
    for (let i = 0; i < 100; i++) {
      spreads.learn(i % 4 === 0 ? frameOf(same(1), { measured: unmeasured }) : frameOf(same(1)), i);
    }
    expect(spreads.at(100).uplink?.share).toBeCloseTo(0, 6);
    expect(spreads.at(100).cloud?.share).toBeCloseTo(0, 6);
  });

  it('forget what was long ago', () => {
    const spreads = new FrameSpreads();
    for (let i = 0; i < 64; i++) spreads.learn(frameOf(same(i % 2 === 0 ? 0.5 : 1.5)), i);
    expect(spreads.at(64).device?.share).toBeCloseTo(0.5, 1);
    for (let i = 0; i < 400; i++) spreads.learn(frameOf(same(1)), 64 + i);
    expect(spreads.at(464).device?.share).toBeLessThan(0.05);
  });

  it('are larger where slow frames follow each other than where they are mixed', () => {
    const random = seededRandom(8);
    const [mixed, inTurn] = [new FrameSpreads(), new FrameSpreads()];
    let [slow, sum] = [false, 0];
    const reports: number[] = [];
    for (let i = 0; i < 2000; i++) {
      if (random() < 0.1) slow = !slow;
      inTurn.learn(frameOf(same(slow ? 1.3 : 0.7)), i);
      mixed.learn(frameOf(same(random() < 0.5 ? 1.3 : 0.7)), i);
      if (i < 200) continue;
      sum += inTurn.at(i).device?.share ?? 0;
      reports.push(mixed.at(i).device?.share ?? Number.NaN);
    }
    const mixedMean = reports.reduce((total, one) => total + one, 0) / reports.length;
    expect(mixedMean).toBeGreaterThan(0.27);
    expect(mixedMean).toBeLessThan(0.36);
    expect(sum / reports.length).toBeGreaterThan(1.25 * mixedMean);
  });

  it('are shown only by machines that have something to do', () => {
    const predicted = { ...PREDICTED, deviceMs: 0.4, encodeMs: 0, cloudMs: 0 };
    const spreads = new FrameSpreads();
    for (let i = 0; i < 20; i++) spreads.learn(frameOf(same(1), {}, { predicted }), i);
    expect(Object.keys(spreads.at(20))).toEqual(['uplink']);
    const local = new FrameSpreads();
    for (let i = 0; i < 20; i++) local.learn(frameOf(same(1), { outcome: 'local-plan' }), i);
    expect(Object.keys(local.at(20))).toEqual(['device']);
  });

  it('count a frame that expired against the link, and none that had no connection or failed', () => {
    const text = { message: '' };
    const given = (code: string): Partial<FrameRecord> => ({
      ...{ outcome: 'local-fallback', fault: { code, ...text } },
    });
    const spreadAfter = (record: Partial<FrameRecord>): number | undefined => {
      const spreads = new FrameSpreads();
      for (let i = 0; i < 63; i++) spreads.learn(frameOf(same(1)), i);
      spreads.learn(frameOf(same(0), record), 63);
      return spreads.at(64).uplink?.share;
    };
    expect(spreadAfter(given('FRAME_EXPIRED'))).toBeGreaterThan(0.3);
    expect(spreadAfter(given('CLOUD_UNREACHABLE'))).toBeCloseTo(0, 9);
    expect(spreadAfter({ outcome: 'failed' })).toBeCloseTo(0, 9);
  });

  it('count a frame that took extremely long as four times its prediction', () => {
    const spreads = new FrameSpreads();
    for (let i = 0; i < 63; i++) spreads.learn(frameOf(same(1)), i);
    spreads.learn(frameOf(same(1000)), 63);
    expect(spreads.at(64).device?.slower).toBeLessThan(1.06);
  });

  it('are unknown again after ten minutes without frames, and begin again with another model', () => {
    const spreads = new FrameSpreads();
    for (let i = 0; i < 20; i++) spreads.learn(frameOf(same(1 + (i % 2))), i);
    expect(Object.keys(spreads.at(600_019))).toHaveLength(3);
    expect(spreads.at(600_020)).toEqual({});
    spreads.learn(frameOf(same(1)), 600_020);
    expect(spreads.at(600_020)).toEqual({});
    for (let i = 0; i < 20; i++) spreads.learn(frameOf(same(1)), 600_020);
    expect(spreads.at(600_020).device?.share).toBeCloseTo(0, 9);
    spreads.learn(frameOf(same(1), {}, { modelId: 'other' }), 600_020);
    expect(spreads.at(600_020)).toEqual({});
  });

  it('learn nothing from frames of long ago', () => {
    const spreads = new FrameSpreads();
    for (let i = 0; i < 20; i++) spreads.learn(frameOf(same(1), { ageMs: 600_001 }), 0);
    expect(spreads.at(0)).toEqual({});
  });

  it('are news when they move notably, until planning has begun for them', () => {
    const spreads = new FrameSpreads();
    expect(spreads.isNews(0)).toBe(false);
    for (let i = 0; i < 64; i++) spreads.learn(frameOf(same(1)), i);
    expect(spreads.isNews(64)).toBe(true);
    spreads.judged();
    const before = spreads.at(64);
    spreads.learn(frameOf(same(1.05)), 65);
    expect(spreads.at(65)).toBe(before);
    expect(spreads.isNews(65)).toBe(false);
    for (let i = 0; i < 10; i++) spreads.learn(frameOf([2, 1, 1]), 66 + i);
    expect(spreads.isNews(76)).toBe(true);
  });
});
