import { describe, expect, it } from 'vitest';
import type { LinkEstimate } from '../../wire/index.js';
import { mbpsOf } from '../pricing/link-estimates.js';
import { BestLink } from './best-link.js';

const MINUTE_MS = 60_000;
const linkOf = (mbps: number, more: Partial<LinkEstimate> = {}): LinkEstimate => ({
  ...{ uplinkMsPerByte: 8 / (1000 * mbps), rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
  ...more,
});

function bestOf(notes: readonly (readonly [minute: number, mbps: number])[], minute: number) {
  const best = new BestLink();
  for (const [at, mbps] of notes) best.note(linkOf(mbps), 1e7 + at * MINUTE_MS);
  const link = best.at(1e7 + minute * MINUTE_MS);
  return link && Math.round(mbpsOf(link));
}

describe('the best link of a device', () => {
  it('is the quickest estimate of the last minutes', () => {
    expect(bestOf([], 1)).toBeUndefined();
    const busy = [
      ...([0, 1, 2] as const).map((minute) => [minute, 20] as const),
      ...([3, 4] as const).map((minute) => [minute, 5] as const),
    ];
    expect(bestOf(busy, 4)).toBe(20);
    expect(bestOf([...busy, [4, 30]], 4)).toBe(30);
  });

  it('forgets an estimate after ten to twenty minutes', () => {
    const busy = Array.from({ length: 16 }, (_, n) => [n, n === 0 ? 20 : 5] as const);
    for (let minute = 0; minute < 5; minute++) expect(bestOf(busy.slice(0, 6), minute)).toBe(20);
    expect(bestOf(busy, 15)).toBe(5);
  });

  it('is unknown after a long silence', () => {
    expect(bestOf([[0, 20]], 21)).toBeUndefined();
    expect(
      bestOf(
        [
          [0, 20],
          [30, 3],
        ],
        31,
      ),
    ).toBe(3);
  });

  it('takes no guess, and nothing that was old when it came', () => {
    const best = new BestLink();
    best.note(linkOf(50, { samples: 0 }), 1000);
    best.note(linkOf(40, { ageMs: 600_000 }), 1000);
    expect(best.at(1000)).toBeUndefined();
  });
});
