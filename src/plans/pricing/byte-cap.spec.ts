/** The arithmetic of a monthly cap: what is left, for how many frames, until when. */
import { describe, expect, it } from 'vitest';
import { ByteCap, capOf, MAX_PENDING, monthOf, rateFromMs, type Traffic } from './byte-cap.js';

const NONE: Traffic = { sentBytes: 0, frames: 0, firstMs: null };
const at = (text: string): Date => new Date(text);
const DAY_MS = 86_400_000;
const GB = 1e9;

/** Days of a month by hand: 30 days have September … */
const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

describe('a month', () => {
  it.each(LENGTHS.map((days, month) => [month, days] as const))(
    'number %i has %i days in UTC, from its first to its last millisecond',
    (month, days) => {
      const first = Date.UTC(2027, month, 1);
      const last = first + days * DAY_MS - 1;
      const expected = { fromMs: first, toMs: first + days * DAY_MS };
      expect(monthOf(new Date(first))).toEqual(expected);
      expect(monthOf(new Date(last))).toEqual(expected);
      expect(monthOf(new Date(last + 1)).fromMs).toBe(expected.toMs);
    },
  );

  it('has 29 days in February of a leap year, and ends with the year in December', () => {
    const leap = monthOf(at('2028-02-29T23:59:59.999Z'));
    expect(leap.toMs - leap.fromMs).toBe(29 * DAY_MS);
    expect(new Date(monthOf(at('2026-12-31T12:00:00Z')).toMs).toISOString()).toBe(
      '2027-01-01T00:00:00.000Z',
    );
  });
});

describe('the cap on a frame', () => {
  it('is what is left, shared by the frames that an interval brings until the month ends', () => {
    // Ten days and a frame a minute: 14,400 frames.
    const cap = capOf(2 * GB, { ...NONE, sentBytes: GB }, 60_000, at('2026-11-21T00:00:00Z'));
    expect(cap).toMatchObject({ leftBytes: GB, framesLeft: 14_400, rateFrom: 'interval' });
    expect(cap.maxFrameBytes).toBe(Math.floor(GB / 14_400));
    expect(new Date(cap.endsMs).toISOString()).toBe('2026-12-01T00:00:00.000Z');
  });

  it('never adds up to more than is left, whatever interval and time', () => {
    for (let i = 0; i < 500; i++) {
      const now = new Date(Date.UTC(2026, 10, 1) + ((i * 7919 * 3_600_000) % (30 * DAY_MS)));
      const intervalMs = 1 + 10 ** (i % 8) * 1.37;
      const sentBytes = (i * 104_729) % (1.2 * GB);
      const { maxFrameBytes, leftBytes, endsMs } = capOf(
        GB,
        { ...NONE, sentBytes },
        intervalMs,
        now,
      );
      const frames = Math.floor((endsMs - now.getTime()) / intervalMs);
      expect(leftBytes).toBe(Math.max(0, GB - sentBytes));
      expect(frames * maxFrameBytes).toBeLessThanOrEqual(leftBytes);
    }
  });

  it('takes the rate of the last days where no interval is known', () => {
    const now = at('2026-11-21T00:00:00Z');
    const week = { sentBytes: 0, frames: 7000, firstMs: now.getTime() - 7 * DAY_MS };
    expect(capOf(GB, week, undefined, now)).toMatchObject({
      ...{ framesLeft: 10_000, rateFrom: 'history', maxFrameBytes: GB / 10_000 },
    });
    // A device that is new: its first frame was two days ago.
    const young = { ...week, firstMs: now.getTime() - 2 * DAY_MS };
    expect(capOf(GB, young, undefined, now).framesLeft).toBe(35_000);
  });

  it('takes some frames in a row for those of an hour', () => {
    const now = at('2026-11-30T23:00:00Z');
    const burst = { sentBytes: 0, frames: 30, firstMs: now.getTime() - 1000 };
    expect(capOf(GB, burst, undefined, now).framesLeft).toBe(30);
  });

  it('takes an unknown rate neither for no frames nor for no limit', () => {
    const cap = capOf(GB, { ...NONE, sentBytes: GB - 500 }, undefined, at('2026-11-21T00:00:00Z'));
    expect(cap).toMatchObject({ framesLeft: null, rateFrom: 'unknown', maxFrameBytes: 500 });
  });

  it('is 0 once the cap is spent, also where more was sent than it allows', () => {
    for (const sentBytes of [GB, 2 * GB]) {
      for (const intervalMs of [undefined, 1000]) {
        const cap = capOf(GB, { ...NONE, sentBytes }, intervalMs, at('2026-11-21T00:00:00Z'));
        expect([cap.leftBytes, cap.maxFrameBytes]).toEqual([0, 0]);
      }
    }
  });

  it('leaves the last frame of a month what is left, and counts from the first in the next', () => {
    const last = capOf(GB, { ...NONE, sentBytes: GB - 77 }, 1000, at('2026-11-30T23:59:59.999Z'));
    expect([last.framesLeft, last.maxFrameBytes]).toEqual([1, 77]);
    const next = capOf(GB, NONE, DAY_MS, at('2026-12-01T00:00:00.000Z'));
    expect(next.framesLeft).toBe(31);
  });

  it('survives a clock that jumped behind the first frame', () => {
    const now = at('2026-11-10T00:00:00Z');
    const ahead = { sentBytes: 0, frames: 10, firstMs: now.getTime() + 5 * DAY_MS };
    const { framesLeft, maxFrameBytes } = capOf(GB, ahead, undefined, now);
    expect(framesLeft).toBe(10 * 24 * 21);
    expect(maxFrameBytes).toBe(Math.floor(GB / (10 * 24 * 21)));
  });
});

describe('what a device knows of its cap', () => {
  const now = at('2026-11-21T10:00:00Z');
  const month = monthOf(now);
  const known = (sentBytes: number, atMs = 0): ByteCap => {
    const cap = new ByteCap();
    cap.asked();
    cap.learned({ ...NONE, sentBytes }, month, atMs);
    return cap;
  };

  it('is nothing before the history has answered, and nothing of a new month', () => {
    expect(new ByteCap().at(GB, 1000, now)).toBeUndefined();
    const cap = known(0);
    expect(cap.at(GB, 1000, now)?.sentBytes).toBe(0);
    for (const other of ['2026-12-01T00:00:00Z', '2026-10-31T23:59:59Z']) {
      expect(cap.at(GB, 1000, at(other))).toBeUndefined();
      expect(cap.isDue(GB, at(other), 1)).toBe(true);
    }
  });

  it('holds records that came since, until the history has them', () => {
    const cap = known(1000);
    const sent = () => cap.at(GB, 1000, now)?.sentBytes;
    cap.note('a', 10, 0);
    expect(sent()).toBe(1010);
    cap.stored(['a', 'of before']);
    expect(sent()).toBe(1010);
    cap.note('b', 7, 0);
    cap.asked();
    cap.note('c', 5, 0);
    cap.stored(['c']);
    cap.learned({ ...NONE, sentBytes: 1010 }, month, 1);
    expect(sent()).toBe(1022);
    cap.stored(['b']);
    cap.asked();
    cap.learned({ ...NONE, sentBytes: 1022 }, month, 2);
    expect(sent()).toBe(1022);
  });

  it('keeps noted records when the history does not answer', () => {
    const cap = known(0);
    cap.note('a', 10, 0);
    cap.stored(['a']);
    cap.asked();
    cap.asked();
    expect(cap.at(GB, 1000, now)?.sentBytes).toBe(10);
  });

  it('counts a record that is sent again only until the history must have it', () => {
    const cap = known(10);
    cap.note('again', 10, 0);
    expect(cap.at(GB, 1000, now)?.sentBytes).toBe(20);
    cap.learned({ ...NONE, sentBytes: 10 }, month, 60_000);
    expect(cap.at(GB, 1000, now)?.sentBytes).toBe(20);
    cap.learned({ ...NONE, sentBytes: 10 }, month, 60_001);
    expect(cap.at(GB, 1000, now)?.sentBytes).toBe(10);
  });

  it('holds a bounded number of records that wait to be stored, and forgets the bytes of none', () => {
    const cap = known(0);
    const sent = () => cap.at(GB, 1000, now)?.sentBytes;
    const frames = Array.from({ length: 3 * MAX_PENDING }, (_, i) => `f${i}`);
    for (const frame of frames) cap.note(frame, 1, 0);
    expect(sent()).toBe(frames.length);
    // What is held still counts next to the history's answer; what is not held is part of the answer.
    cap.asked();
    cap.learned({ ...NONE, sentBytes: frames.length }, month, 1);
    expect(sent()).toBe(frames.length + MAX_PENDING);
    cap.stored(frames);
    cap.asked();
    cap.learned({ ...NONE, sentBytes: frames.length }, month, 2);
    expect(sent()).toBe(frames.length);
  });

  it('is asked for again after a while, and at once when much of the rest is sent', () => {
    const cap = known(GB / 2);
    expect(cap.isDue(GB, now, 299_999)).toBe(false);
    expect(cap.isDue(GB, now, 300_000)).toBe(true);
    cap.note('a', 0.04 * (GB / 2), 0);
    expect(cap.isDue(GB, now, 1)).toBe(false);
    cap.note('b', 0.02 * (GB / 2), 0);
    expect(cap.isDue(GB, now, 1)).toBe(true);
    const spent = known(GB);
    spent.note('a', 10, 0);
    expect(spent.isDue(GB, now, 1)).toBe(false);
  });

  it('is news when it moves notably, at most every ten minutes, but at once when it is spent', () => {
    const cap = known(0);
    expect(cap.isNews(1000, 0)).toBe(true);
    cap.planned(1000, 0);
    expect(cap.isNews(1200, 1e9)).toBe(false);
    expect(cap.isNews(1300, 599_999)).toBe(false);
    expect(cap.isNews(1300, 600_000)).toBe(true);
    expect(cap.isNews(700, 600_000)).toBe(true);
    expect(cap.isNews(0, 1)).toBe(true);
    cap.planned(0, 1);
    expect(cap.isNews(0, 1e9)).toBe(false);
    expect(cap.isNews(5, 2)).toBe(true);
  });
});

it('counts whole days of frames for a rate', () => {
  const from = rateFromMs(at('2026-11-21T10:00:00Z'));
  expect(new Date(from).toISOString()).toBe('2026-11-14T00:00:00.000Z');
});

describe('a simulated month', () => {
  const LOOK_MS = 300_000;
  /** Bytes of the cuts that a plan can choose from; the quicker ones send more. */
  const CUTS = [150_000, 40_000, 5000, 0];
  const { fromMs, toMs } = monthOf(at('2026-11-10T00:00:00Z'));

  interface Frames {
    readonly intervalMs: number | undefined;
    /** Frames that come in a look that begins at a time. */
    readonly at: (ms: number) => number;
  }

  /** Plays a month look by look; what the device sends follows the plan that is in force. */
  function play(monthlyBytes: number, { intervalMs, at: framesAt }: Frames) {
    const cap = new ByteCap();
    const days = new Map<number, number>();
    let [sentBytes, plannedBytes, plans, largest] = [0, CUTS[0] ?? 0, 0, 0];
    for (let ms = fromMs; ms < toMs; ms += LOOK_MS) {
      const now = new Date(ms);
      const since = [...days].filter(([day]) => day >= rateFromMs(now));
      cap.asked();
      const frames = since.reduce((sum, [, count]) => sum + count, 0);
      const firstMs = since.length === 0 ? null : Math.min(...since.map(([day]) => day));
      cap.learned({ sentBytes, frames, firstMs }, monthOf(now), ms);
      const { maxFrameBytes } = cap.at(monthlyBytes, intervalMs, now) ?? { maxFrameBytes: 0 };
      if (cap.isNews(maxFrameBytes, ms)) {
        cap.planned(maxFrameBytes, ms);
        plannedBytes = CUTS.find((bytes) => bytes <= maxFrameBytes) ?? 0;
        plans += 1;
      }
      const count = framesAt(ms);
      sentBytes += count * plannedBytes;
      largest = Math.max(largest, count * plannedBytes);
      const day = Math.floor(ms / DAY_MS) * DAY_MS;
      days.set(day, (days.get(day) ?? 0) + count);
    }
    return { sentBytes, plans, largest };
  }

  const hourOf = (ms: number): number => new Date(ms).getUTCHours();
  const steady: Frames = { intervalMs: 10_000, at: () => 30 };
  const byDay: Frames = {
    intervalMs: undefined,
    at: (ms) => (hourOf(ms) >= 8 && hourOf(ms) < 16 ? 30 : 0),
  };
  const lateStart: Frames = { intervalMs: undefined, at: (ms) => (ms > toMs - DAY_MS ? 30 : 0) };

  it.each([
    ['a camera with a known interval', steady, 20e9, 0.95],
    ['a camera that may send nearly nothing', steady, 100e6, 0.8],
    ['frames of the working hours, whose interval is unknown', byDay, 5e9, 0.95],
    ['frames of the last day alone', lateStart, 100e6, 0.8],
  ])('keeps the cap, and uses it: %s', (_, frames, monthlyBytes, share) => {
    const { sentBytes, plans, largest } = play(monthlyBytes, frames);
    // The plan that spends the cap is in force until the next look.
    expect(sentBytes).toBeLessThanOrEqual(monthlyBytes + largest);
    expect(sentBytes).toBeGreaterThan(share * monthlyBytes);
    expect(plans).toBeLessThan((toMs - fromMs) / 600_000);
  });
});
