/** Ranges of the numbers on the wire: every number has one, and beyond it is rejected by name or clamped. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { numbersIn } from '../../test/support/mqtt/wire-pages.js';
import { wireSamples } from '../../test/support/mqtt/wire-samples.js';
import {
  birth,
  decodeMessage,
  encodeMessage,
  type FrameRecord,
  issueText,
  messageNames,
  profile,
  ranges,
  telemetry,
  utf8,
} from './index.js';
import { numberIn, withinRanges } from './ranges.js';

const [sample] = wireSamples.record.records;

/** A record after its way over the wire, with some fields instead. */
function received(more: Record<string, unknown>): FrameRecord | undefined {
  const bytes = utf8.encode(JSON.stringify({ v: 1, records: [{ ...sample, ...more }] }));
  return decodeMessage('record', bytes).records[0];
}

const withNumbers = messageNames.filter((name) => numbersIn(name).length > 0);

describe('every number on the wire', () => {
  it('is in a message that is listed', () => {
    const some = [
      'birth',
      'telemetry',
      'profile',
      'desiredModel',
      'desiredPlan',
      'result',
      'record',
    ];
    expect(withNumbers).toEqual(expect.arrayContaining(some));
  });

  it.each(withNumbers)('has a finite range and a unit in %s', (name) => {
    const open = numbersIn(name).filter(({ unit, outside, min, max }) => {
      return !unit || !outside || !Number.isFinite(min) || !Number.isFinite(max);
    });
    expect(open).toEqual([]);
  });

  it('that a record has is clamped, so that no record is rejected for one', () => {
    expect(numbersIn('record').filter(({ outside }) => outside !== 'clamped')).toEqual([]);
  });
});

describe('a number beyond its range', () => {
  const slowBlock = { ...wireSamples.profile.blocks[0], medianMs: 3_700_000 };
  it.each([
    ['profile', 'blocks.0.medianMs', profile, { blocks: [slowBlock] }],
    ['profile', 'blocks', profile, { blocks: [{ ...slowBlock, medianMs: 0 }] }],
    ['birth', 'slowdown', birth, { slowdown: 1e9 }],
    ['birth', 'encodeMsPerByte.f16', birth, { encodeMsPerByte: { f16: 1e308 } }],
    ['telemetry', 'intervalMs', telemetry, { intervalMs: 1e9 }],
    [
      ...(['telemetry', 'link.uplinkMsPerByte', telemetry] as const),
      { link: { ...wireSamples.telemetry.link, uplinkMsPerByte: 0 } },
    ],
  ] as const)('is rejected in %s, and the fault names %s', (name, place, schema, change) => {
    const { error } = (schema as z.ZodType).safeParse({ ...wireSamples[name], ...change });
    expect(error && issueText(error)).toMatch(new RegExp(`^${place}: `));
  });

  it('is clamped in a record', () => {
    const found = received({
      ...{ ageMs: 1e300, totalMs: 1e300, deadlineMs: 1e300, planVersion: 2 ** 52, cut: 1e9 },
      ...{ sentBytes: 2 ** 52, answer: { index: 2 ** 40, score: 1e300 } },
      link: { uplinkMsPerByte: 5e-324, rttMs: 1e300, ageMs: 1e300 },
    });
    expect(found).toMatchObject({
      ...{ ageMs: ranges.ageMs.max, totalMs: 86_400_000, deadlineMs: 2 ** 32 - 1, cut: 65_535 },
      ...{ planVersion: 2 ** 31 - 1, sentBytes: 2 ** 31 - 1, answer: { index: 2 ** 31 - 1 } },
      link: { uplinkMsPerByte: 8e-8, rttMs: 60_000, ageMs: ranges.ageMs.max },
    });
  });

  it('makes the link of a record unknown where it is no rate', () => {
    for (const uplinkMsPerByte of [0, -1, null]) {
      const found = received({ link: { uplinkMsPerByte, rttMs: 1, ageMs: 1 } });
      expect(found).toMatchObject({ frame: sample?.frame, link: null });
    }
  });

  it('is clamped in an estimate of a stalled link, whose telemetry is accepted', () => {
    const link = { uplinkMsPerByte: 290, rttMs: 90_000, ageMs: 5, confidence: 1.01, samples: 3 };
    const bytes = encodeMessage('telemetry', { ...wireSamples.telemetry, link });
    expect(decodeMessage('telemetry', bytes).link).toEqual({
      ...{ uplinkMsPerByte: 8, rttMs: 60_000, ageMs: 5, confidence: 1, samples: 3 },
    });
  });
});

describe('the numbers of a record', () => {
  it('agree: a frame is as old as it lasted, and no stage is longer', () => {
    const measured = { ...wireSamples.record.records[0]?.measured, cloudMs: 900, deviceMs: 3 };
    const found = received({ totalMs: 80, ageMs: 5, measured });
    expect(found).toMatchObject({ totalMs: 80, ageMs: 80, measured: { cloudMs: 80, deviceMs: 3 } });
  });

  it('stay as they are where they agree', () => {
    expect(received({})).toEqual(sample);
  });
});

describe('a stored value', () => {
  const shape = z.object({
    name: z.string(),
    many: z.array(z.object({ ms: numberIn(ranges.durationMs) })).optional(),
    one: numberIn(ranges.count).nullable(),
    either: z.union([numberIn(ranges.share), z.array(numberIn(ranges.share))]),
  });
  const shown = withinRanges(shape);

  it('is moved into its ranges, at any depth', () => {
    const stored = { name: 'x', many: [{ ms: 1e300 }, { ms: 5 }], one: -1, either: [2, 0.5] };
    const found = { name: 'x', many: [{ ms: 86_400_000 }, { ms: 5 }], one: 0, either: [1, 0.5] };
    expect(shown(stored)).toEqual(found);
    expect(shape.parse(shown({ ...stored, either: 7 }))).toMatchObject({ either: 1 });
  });

  it('keeps what is no number, also where it is no value of the schema', () => {
    for (const value of [null, undefined, 7, 'x', [], { name: 5, one: null, either: 'x' }]) {
      expect(shown(value)).toEqual(value);
    }
  });
});

describe('ranges', () => {
  it('of deadlines and lengths are those of the chunk header', () => {
    expect(ranges.deadlineMs.max).toBe(2 ** 32 - 1);
    expect(ranges.encodedBytes.max).toBe(2 ** 32 - 1);
  });

  it('of the uplink are 1 kbps to 100 Gbps', () => {
    const mbpsOf = (msPerByte: number): number => 8 / (1000 * msPerByte);
    expect(mbpsOf(ranges.uplinkMsPerByte.max)).toBeCloseTo(0.001, 12);
    expect(mbpsOf(ranges.uplinkMsPerByte.min)).toBeCloseTo(100_000, 6);
  });
});
