import { describe, expect, it } from 'vitest';
import { limitsFor } from './frame-limits.js';

const set = (bytesPrice: number | null) => ({ bytesPrice, deviceMemoryBytes: null });

describe('the price of bytes', () => {
  it('is that of the operator and that of the line of the site', () => {
    expect(limitsFor(set(0.5), undefined, 0.25)).toEqual({ bytesPrice: 0.75 });
    expect(limitsFor(set(null), undefined, 0.25)).toEqual({ bytesPrice: 0.25 });
    expect(limitsFor(set(0.5), undefined)).toEqual({ bytesPrice: 0.5 });
  });

  it('stays within what a plan may say', () => {
    expect(limitsFor(set(9_000), undefined, 9_000)).toEqual({ bytesPrice: 10_000 });
    expect(limitsFor(set(null), undefined, 0.0001)).toBeUndefined();
    expect(limitsFor(set(null), undefined)).toBeUndefined();
  });
});
