import { describe, expect, it } from 'vitest';
import { presenceOf } from './device-standing.js';

const now = new Date(1_000_000);
const before = new Date(999_000);
const later = new Date(1_001_000);

describe('a device', () => {
  it.each([
    ['is never seen before its first session', 'offline', null, null, 'never-seen'],
    ['is online while a session lives', 'online', now, null, 'online'],
    ['is offline after it', 'offline', before, null, 'offline'],
    ['that comes and goes is flapping, connected or not', 'online', now, later, 'flapping'],
    ['that came and went is calm again in time', 'offline', before, before, 'offline'],
  ] as const)('%s', (_, state, lastSeenAt, flappingUntil, expected) => {
    expect(presenceOf({ state, lastSeenAt, flappingUntil }, now)).toBe(expected);
  });
});
