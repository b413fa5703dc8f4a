import { describe, expect, it } from 'vitest';
import { scaled } from '../../test/support/service/scaled-clock.js';
import { Clock } from './clock.js';

describe.each([
  ['a clock', new Clock()],
  ['a clock that runs ten times as fast', scaled(10)],
])('%s', (_, clock) => {
  it('fires no timer early, by its own time', async () => {
    const lateMs = await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const ms = i * 1.3;
        const startMs = clock.monotonicMs();
        return new Promise<number>((resolve) => {
          clock.after(ms, () => resolve(clock.monotonicMs() - startMs - ms));
        });
      }),
    );
    // A part of a nanosecond is rounding.
    expect(Math.min(...lateMs)).toBeGreaterThan(-1e-6);
  });

  it('fires timers in the order of their times', async () => {
    const fired: number[] = [];
    for (const ms of [200, 5, 100]) clock.after(ms, () => fired.push(ms));
    await clock.sleep(250);
    expect(fired).toEqual([5, 100, 200]);
  });

  it('fires no timer that was cancelled, however often', async () => {
    const fired: string[] = [];
    const once = clock.after(5, () => fired.push('after'));
    const again = clock.every(5, () => fired.push('every'));
    for (const timer of [once, again, once, again]) timer.cancel();
    const done = clock.after(1, () => fired.push('done'));
    await clock.sleep(50);
    done.cancel();
    expect(fired).toEqual(['done']);
  });

  it('repeats a task until the task itself cancels it', async () => {
    let runs = 0;
    const startMs = clock.monotonicMs();
    await new Promise<void>((resolve) => {
      const timer = clock.every(10, () => {
        runs += 1;
        if (runs === 3) {
          timer.cancel();
          resolve();
        }
      });
    });
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(29.999);
    await clock.sleep(50);
    expect(runs).toBe(3);
  });

  it('waits longer than setTimeout can count', async () => {
    let hasFired = false;
    const timer = clock.after(Number.MAX_SAFE_INTEGER, () => {
      hasFired = true;
    });
    await clock.sleep(50);
    timer.cancel();
    expect(hasFired).toBe(false);
  });

  it('rejects a sleep whose signal is aborted before or meanwhile', async () => {
    const reason = new Error('enough');
    await expect(clock.sleep(1, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = clock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });
});

it('a scaled clock fires no timer while it is held, and those that came due when released', async () => {
  const clock = scaled(10);
  const fired: string[] = [];
  clock.hold();
  clock.after(10, () => fired.push('first'));
  // Far enough apart: a timer that fires a part of a millisecond early waits once more.
  clock.after(100, () => fired.push('second'));
  clock.after(20, () => fired.push('cancelled')).cancel();
  await new Clock().sleep(20);
  expect(fired).toEqual([]);
  clock.release();
  expect(fired).toEqual(['first', 'second']);
});

it('a scaled clock takes one time for the date, durations and timers', async () => {
  const clock = scaled(10);
  // The machine may stop the test between two readings: the clock's own time lies between the inner and the outer span.
  const outerMs = performance.now();
  const own = { ms: clock.monotonicMs(), dateMs: clock.now().getTime() };
  const innerMs = performance.now();
  await clock.sleep(300);
  const leastMs = 10 * (performance.now() - innerMs);
  const passedMs = clock.monotonicMs() - own.ms;
  const mostMs = 10 * (performance.now() - outerMs);
  expect(passedMs).toBeGreaterThanOrEqual(299.99);
  expect(passedMs).toBeGreaterThanOrEqual(leastMs - 1e-6);
  expect(passedMs).toBeLessThanOrEqual(mostMs + 1e-6);
  expect(clock.now().getTime() - own.dateMs).toBeGreaterThanOrEqual(298);
});
