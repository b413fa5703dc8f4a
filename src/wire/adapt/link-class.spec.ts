import { describe, expect, it } from 'vitest';
import { linkClasses, linkClassOf, msPerByteOf } from './link-class.js';

const msPerByte = (mbps: number) => 8 / (mbps * 1000);

describe('link class', () => {
  it('follows from the uplink', () => {
    const classes = [1.1, 5.85, 18.88, 940].map((mbps) => linkClassOf(msPerByte(mbps)));
    expect(classes).toEqual(['3g', '4g', 'wifi', 'wired']);
    expect(linkClassOf(null)).toBe('unknown');
  });

  it('has bounds that select rows', () => {
    for (const link of linkClasses) {
      if (link === 'unknown') continue;
      const [above, upTo] = msPerByteOf(link);
      for (const mbps of [0.01, 1, 2.9, 3.1, 11, 13, 59, 61, 1e4]) {
        const isWithin = msPerByte(mbps) > above && msPerByte(mbps) <= upTo;
        expect(isWithin).toBe(linkClassOf(msPerByte(mbps)) === link);
      }
    }
  });
});
