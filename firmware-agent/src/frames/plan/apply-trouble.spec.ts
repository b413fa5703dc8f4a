import { describe, expect, it } from 'vitest';
import { Fault, type FaultCode } from '../../../../src/wire/index.js';
import { ApplyTrouble } from './apply-trouble.js';

const HOUR_MS = 3_600_000;
const fault = (code: FaultCode) => new Fault(code, `it is ${code}`);

describe('a desired model that cannot be applied', () => {
  it.each([
    ['BLOCK_UNKNOWN', 10 * 60_000],
    ['UNAUTHORIZED', 10 * 60_000],
    ['FORBIDDEN', 10 * 60_000],
    ['BLOCK_CORRUPT', 6 * HOUR_MS],
  ] as const)('is tried again after %s, for ever, with pauses up to %i ms', (code, capMs) => {
    const longest = new ApplyTrouble(() => 1);
    const pauses = Array.from({ length: 50 }, () => longest.pauseMs(fault(code)) ?? Number.NaN);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBe(capMs);
    // Devices that were rejected together do not come back together.
    expect(new ApplyTrouble(() => 0.5).pauseMs(fault(code))).toBe((pauses[0] ?? 0) / 2);
  });

  it.each(['DISK_FULL', 'DISK_FAILED', 'FILES_EXHAUSTED'] as const)(
    'is tried again every 5 s after %s',
    (code) => {
      const trouble = new ApplyTrouble();
      expect([1, 2, 3].map(() => trouble.pauseMs(fault(code)))).toEqual([5000, 5000, 5000]);
    },
  );

  it('is not tried again after a verdict of this device about its blocks', () => {
    expect(new ApplyTrouble().pauseMs(fault('MODEL_REFUSED'))).toBeUndefined();
  });

  it('is in telemetry with its newest reason and the time since its first', () => {
    const trouble = new ApplyTrouble();
    expect(trouble.figures(0)).toEqual([]);
    expect(trouble.note(fault('CLOUD_UNREACHABLE'), 1000)).toBe(true);
    expect(trouble.note(fault('CLOUD_UNREACHABLE'), 2000)).toBe(false);
    expect(trouble.note(fault('BLOCK_UNKNOWN'), 3000)).toBe(true);
    expect(trouble.figures(4000)).toEqual([
      { code: 'BLOCK_UNKNOWN', message: 'it is BLOCK_UNKNOWN', forMs: 3000 },
    ]);
  });
});
