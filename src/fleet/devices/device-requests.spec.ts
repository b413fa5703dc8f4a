/** Deadlines that an operator sets, and those that planning makes, against what a chunk can hold. */
import { describe, expect, it } from 'vitest';
import { chunkSample } from '../../../test/support/mqtt/wire-samples.js';
import { decodeChunk, encodeChunk, usualDeadlineMs } from '../../wire/index.js';
import { deadlineMs } from './device-requests.js';

const HOUR_MS = 3_600_000;
const carried = (ms: number): number =>
  decodeChunk(encodeChunk({ ...chunkSample, deadlineMs: ms })).deadlineMs;

describe('a deadline', () => {
  it('of an operator is an hour at most, which chunks carry unchanged', () => {
    expect(deadlineMs.parse(HOUR_MS)).toBe(HOUR_MS);
    expect(deadlineMs.safeParse(HOUR_MS + 1).success).toBe(false);
    expect(carried(HOUR_MS)).toBe(HOUR_MS);
  });

  it('of planning is one that chunks carry unchanged, however slow the frame', () => {
    for (const predictedMs of [1, 2_000_000_055.5, 1e13]) {
      const ms = Math.round(usualDeadlineMs(predictedMs, 0));
      expect(carried(ms)).toBe(ms);
    }
  });
});
