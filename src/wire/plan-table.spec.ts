import { describe, expect, it } from 'vitest';
import { choosePlan, type PlanTable } from './index.js';

const row = (fromMbps: number, fromMs: number, toMs: number): PlanTable['rows'][number] => ({
  fromMbps,
  fromMs,
  toMs,
  device: [0],
  uploads: [],
});
const table: PlanTable = {
  v: 1,
  toMbps: 1000,
  rows: [row(0.05, 300, 300), row(2, 300, 120), row(20, 120, 40)],
  validity: { slowdown: [0.8, 2], cloudLoad: [1, 1.5] },
};
const at = (mbps: number, more: { slowdown?: number; cloudLoad?: number } = {}) =>
  choosePlan(table, { uplinkMsPerByte: 0.008 / mbps, ...more });

describe('choosePlan', () => {
  it.each([
    [0.05, 0],
    [1.99, 0],
    [2.01, 1],
    [19.9, 1],
    [20.1, 2],
    [999, 2],
  ])('takes the row that starts below %d Mbps', (mbps, index) => {
    expect(at(mbps)).toMatchObject({ index, isValid: true });
  });

  it('predicts linearly in the time per byte', () => {
    expect(at(1).predictedMs).toBe(300);
    expect(at(2 / 0.55).predictedMs).toBeCloseTo(210, 6);
  });

  it('looks a slower device up behind a faster link, on a slower clock', () => {
    const slow = at(10.1, { slowdown: 2 });
    expect(slow.index).toBe(2);
    expect(slow.predictedMs).toBeCloseTo(2 * at(20.2).predictedMs, 6);
  });

  it('says so when rate, device or cloud are outside what the table was made for', () => {
    expect(at(0.01)).toMatchObject({ index: 0, isValid: false });
    expect(at(5000)).toMatchObject({ index: 2, isValid: false });
    expect(at(5, { slowdown: 3 }).isValid).toBe(false);
    expect(at(5, { cloudLoad: 2 }).isValid).toBe(false);
  });
});
