import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FinishedFrame } from '../../disk/ledger-entry.js';
import { noStages } from './frame-report.js';
import { RepeatedFailures } from './repeated-failures.js';

/** What an attempt takes that fails at once. */
const ATTEMPT_MS = 6;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class Run {
  readonly written: FinishedFrame[] = [];
  readonly forgotten: string[] = [];
  attempts = 0;
  readonly failures = new RepeatedFailures({
    write: (finished) => this.written.push(finished),
    forget: (frame) => this.forgotten.push(frame),
    nowMs: () => Date.now(),
  });

  fail(): void {
    this.attempts += 1;
    const frame = this.attempts.toString(16).padStart(32, '0');
    const record = {
      ...{ frame, source: 'a.jpg', at: new Date().toISOString(), model: 'a'.repeat(64) },
      ...{ planVersion: 1, deadlineMs: 1000, outcome: 'failed' as const, totalMs: 0 },
      ...{ measured: noStages, predicted: null, link: null, sentBytes: 0 },
      fault: { code: 'INPUT_UNREADABLE', message: 'a.jpg: ENOENT: no such file or directory' },
    };
    this.failures.take({ record, startedMs: 0, boot: 'boot' });
  }

  /** Fails as often as the pauses let it. */
  failFor(ms: number): void {
    const endMs = Date.now() + ms;
    while (Date.now() < endMs) {
      this.fail();
      vi.advanceTimersByTime(ATTEMPT_MS + this.failures.pauseMs);
    }
  }

  /** Frames in all records: those of a record that has no count are one. */
  get counted(): number {
    const counts = this.written.map(({ record }) =>
      / last of (\d+) /.exec(record.fault?.message ?? ''),
    );
    return counts.reduce((sum, found) => sum + Number(found?.[1] ?? 1), 0);
  }
}

describe('inputs that fail one after the other', () => {
  it('slow down, and have few records that count them all', () => {
    const run = new Run();
    run.failFor(28_000);
    expect(run.attempts).toBeGreaterThan(5);
    expect(run.attempts).toBeLessThan(15);
    run.failures.close();
    expect(run.written.length).toBeLessThanOrEqual(3);
    expect(run.counted).toBe(run.attempts);
    expect(run.forgotten).toHaveLength(run.attempts - run.written.length);
    expect(new Set(run.forgotten).size).toBe(run.forgotten.length);
  });

  it('have about a record an hour after a day', () => {
    const run = new Run();
    run.failFor(24 * 3_600_000);
    expect(run.attempts).toBeLessThan(9000);
    run.failures.close();
    expect(run.written.length).toBeLessThan(40);
    expect(run.counted).toBe(run.attempts);
  });

  it('have few records where others between them are well, and do not slow these down', () => {
    const run = new Run();
    for (let i = 0; i < 1000; i++) {
      run.fail();
      run.failures.noteWell();
      expect(run.failures.pauseMs).toBe(0);
      vi.advanceTimersByTime(28);
    }
    run.failures.close();
    expect(run.written.length).toBeLessThanOrEqual(3);
    expect(run.counted).toBe(1000);
  });

  it('have a record each where they are rare, as it was', () => {
    const run = new Run();
    for (let i = 0; i < 5; i++) {
      run.fail();
      run.failures.noteWell();
      vi.advanceTimersByTime(60_000);
    }
    expect(run.written).toHaveLength(5);
    expect(run.written[4]?.record.fault?.message).toBe('a.jpg: ENOENT: no such file or directory');
    expect(run.forgotten).toEqual([]);
  });

  it('are recorded in time though no other comes, and one by one after the end', () => {
    const run = new Run();
    run.fail();
    run.fail();
    vi.advanceTimersByTime(10_000);
    expect(run.written).toHaveLength(2);
    run.failures.close();
    run.fail();
    run.fail();
    expect(run.written).toHaveLength(4);
  });
});
