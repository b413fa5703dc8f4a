import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock } from '../clock.js';
import { LimitedLog } from './limited-log.js';

interface Line {
  readonly msg: string;
  readonly n: number;
  readonly suppressed?: number;
}

describe('LimitedLog', () => {
  let lines: Line[];
  let log: LimitedLog;

  beforeEach(() => {
    vi.useFakeTimers();
    lines = [];
    const target = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
    log = new LimitedLog(target, new Clock(), { burst: 2, perMinute: 6 });
  });
  afterEach(() => vi.useRealTimers());

  it('writes a burst at once, then the newest line at its rate, and counts the others', async () => {
    for (let n = 1; n <= 7; n++) log.error({ n }, 'disk full');
    expect(lines.map(({ n }) => n)).toEqual([1, 2]);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(lines).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(200);
    expect(lines[2]).toMatchObject({ msg: 'disk full', n: 7, suppressed: 4 });
  });

  it('accounts for every line of a fault that lasts an hour, in as many lines as its rate allows', async () => {
    for (let n = 0; n < 3_600; n++) {
      log.warn({ n }, 'retrying');
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.advanceTimersByTimeAsync(60_000);
    const counted = lines.reduce((sum, { suppressed = 0 }) => sum + 1 + suppressed, 0);
    expect(counted).toBe(3_600);
    expect(lines.length).toBeLessThanOrEqual(2 + 6 * 61);
    expect(lines.length).toBeGreaterThan(300);
  });

  it('limits each kind by itself', () => {
    for (let n = 1; n <= 5; n++) log.warn({ n }, 'first');
    log.warn({ n: 6 }, 'second');
    log.warn({ n: 7 }, 'a text of its own', 'first');
    expect(lines.map(({ n }) => n)).toEqual([1, 2, 6]);
  });

  it('bounds the lines of texts that never repeat', () => {
    for (let n = 0; n < 10_000; n++) log.warn({ n }, `text ${n}`);
    expect(lines).toHaveLength(100 + 2);
  });
});
