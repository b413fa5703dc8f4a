/** A question about a line, over networks small enough to work everything out by hand. */
import { describe, expect, it } from 'vitest';
import { digestOf, drawnModel, exactOnly } from '../../../test/support/networks/drawn-models.js';
import { mbpsOf } from '../pricing/link-estimates.js';
import { marginsFor, slacksOf } from '../pricing/pace-margin.js';
import { answerLine, type LineMember } from './line-question.js';

/** in (40 kB) ─ a ─ 10 kB ─ b ─ y: a frame needs 40 kB, or 10 kB after 30 ms on the device, or nothing after 60 ms. */
const model = drawnModel({
  inputs: ['in'],
  outputs: ['y'],
  blocks: { a: [['in'], ['m']], b: [['m'], ['y']] },
  elements: { in: 10_000, m: 2500 },
});

function member(device: string, intervalMs: number, deviceMs = 30): LineMember {
  const times = (ms: number) => new Map([digestOf('a'), digestOf('b')].map((one) => [one, ms]));
  return {
    ...{ device, intervalMs },
    situation: {
      model,
      costs: {
        ...{ ...exactOnly, source: 'tensor', maxBytes: 1e6 },
        ...{ deviceMs: times(deviceMs), cloudMs: times(1) },
      },
      link: { uplinkMsPerByte: 8 / 54_000, rttMs: 10, ageMs: 0, confidence: 1, samples: 9 },
    },
  };
}

const pair = (intervalMs: number, deviceMs?: number) => [
  member('a', intervalMs, deviceMs),
  member('b', intervalMs, deviceMs),
];

describe('a line', () => {
  it('is free while all devices fit, and says how much they use', () => {
    // Two devices that send all: 640 kbit in a second.
    const answer = answerLine({ site: 'barn', mbps: 54, members: pair(1000) });
    expect(answer.kind).toBe('free');
    expect(answer.kind === 'free' && answer.load).toBeCloseTo(0.64 / 54, 3);
  });

  it('has a price where devices must send less, and is shared out but for a twentieth', () => {
    // All of both frames is 3.2 Mbps and quickest: 107 ms on the line, against 85 and 27 ms after a.
    const answer = answerLine({ site: 'barn', mbps: 3, members: pair(200, 85) });
    if (answer.kind !== 'shared') throw new Error(answer.kind);
    expect(answer.load).toBeCloseTo(0.9);
    const [a, b] = answer.shares;
    expect(a?.bytesPrice).toBe(b?.bytesPrice);
    expect(a?.bytesPrice).toBeGreaterThan(0);
    expect([a?.slowdown, a?.intervalMs]).toEqual([1, expect.closeTo(200, 5)]);

    expect((a?.mbps ?? 0) + (b?.mbps ?? 0)).toBeCloseTo(0.95 * 3);
  });

  it('is shared out without a price where it is more than half used', () => {
    // Both devices send all: 3.2 Mbps. What is left is for both alike.
    const answer = answerLine({ site: 'barn', mbps: 5, members: pair(200, 85) });
    if (answer.kind !== 'shared') throw new Error(answer.kind);
    expect(answer.load).toBeCloseTo(0.64);
    const [a, b] = answer.shares;
    expect([a?.bytesPrice, a?.slowdown]).toEqual([0, 1]);
    expect(a?.mbps).toBeCloseTo(0.95 * 2.5);
    expect(b).toEqual(a);
  });

  it('slows all devices down alike where it is too slow for every way to serve them', () => {
    // Of T ms a device has 0.9 T. A share m of the frames is sent after a: 80 m = 0.225 T kbit, and 60 - 30 m = 0.9 T.
    const answer = answerLine({ site: 'barn', mbps: 0.5, members: pair(30) });
    const [a, b] = answer.kind === 'shared' ? answer.shares : [];
    expect(a?.slowdown).toBeGreaterThan(1.05);
    expect(b?.slowdown).toBeCloseTo(a?.slowdown ?? 0, 6);
    expect(a?.intervalMs).toBeCloseTo(60.95, 1);
  });

  it('says why devices cannot be planned together', () => {
    const broken = { ...member('a', 100), intervalMs: Number.NaN };
    const answer = answerLine({ site: 'barn', mbps: 4, members: [broken, member('b', 100)] });
    expect(answer).toMatchObject({
      kind: 'impossible',
      because: expect.stringContaining('intervalMs'),
    });
  });

  it('leaves a device a link that is free but for its share', () => {
    const answer = answerLine({ site: 'barn', mbps: 3, members: pair(200, 85) });
    const [line] = answer.kind === 'shared' ? answer.shares : [];
    if (line === undefined) throw new Error('the line is free');
    const link = { ...member('a', 200).situation.link, uplinkMsPerByte: 8 / 3000 };
    const { uplink } = marginsFor({ line, link });
    expect(uplink.source).toBe('line');
    expect((1 - slacksOf(marginsFor({ line, link })).uplink) * mbpsOf(link)).toBeCloseTo(line.mbps);
    // While others send it measures a slower link, and the share is more of that.
    const busy = { ...link, uplinkMsPerByte: 8 / (1000 * line.mbps) };
    expect(marginsFor({ line, link: busy })).toEqual(marginsFor({ link: busy }));
  });
});
