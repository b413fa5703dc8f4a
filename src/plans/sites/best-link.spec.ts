import { describe, expect, it } from 'vitest';
import type { LinkEstimate } from '../../wire/index.js';
import { mbpsOf } from '../pricing/link-estimates.js';
import { BestLink } from './best-link.js';

const MINUTE_MS = 60_000;
const linkOf = (mbps: number, more: Partial<LinkEstimate> = {}): LinkEstimate => ({
  ...{ uplinkMsPerByte: 8 / (1000 * mbps), rttMs: 20, ageMs: 0, confidence: 1, samples: 9 },
  ...more,
});

type Note = readonly [minute: number, mbps: number];

/** The best link after some estimates, each a minute after the other or as given. */
function bestOf(notes: readonly Note[], minute: number, isBusy = false) {
  const best = new BestLink();
  best.at(0, isBusy);
  for (const [at, mbps] of notes) best.note(linkOf(mbps), at * MINUTE_MS);
  const link = best.at(minute * MINUTE_MS, isBusy);
  return link && Math.round(mbpsOf(link));
}

/** 20 Mbps at first, and 5 in every minute after it. */
const busy = (minutes: number): Note[] =>
  Array.from({ length: minutes }, (_, n) => [n, n === 0 ? 20 : 5] as const);

describe('the best link of a device', () => {
  it('is the quickest estimate of the last minutes', () => {
    expect(bestOf([], 1)).toBeUndefined();
    expect(bestOf(busy(5), 4)).toBe(20);
    expect(bestOf([...busy(5), [4, 30]], 4)).toBe(30);
  });

  it('forgets an estimate after ten to twenty minutes', () => {
    for (const minute of [1, 5, 9, 12, 19]) expect(bestOf(busy(minute + 1), minute)).toBe(20);
    expect(bestOf(busy(21), 20)).toBe(5);
  });

  it('keeps an estimate for half a day to a day while the line is busy, since no other shows the link itself', () => {
    for (const minute of [60, 600]) expect(bestOf(busy(minute + 1), minute, true)).toBe(20);
    expect(bestOf(busy(1501), 1500, true)).toBe(5);
  });

  it('is unknown after a long silence', () => {
    expect(bestOf([[0, 20]], 21)).toBeUndefined();
    const later: Note[] = [
      [0, 20],
      [30, 3],
    ];
    expect(bestOf(later, 31)).toBe(3);
  });

  it('takes no guess, and nothing that was old when it came', () => {
    const best = new BestLink();
    best.note(linkOf(50, { samples: 0 }), 1000);
    best.note(linkOf(40, { ageMs: 600_000 }), 1000);
    expect(best.at(1000, false)).toBeUndefined();
  });
});
