import { describe, expect, it, vi } from 'vitest';
import { Clock } from './clock.js';
import { openLog } from './log.js';
import { Sweep } from './sweep.js';

const log = openLog({ logLevel: 'silent' });
const options = { everyMs: 5, clock: new Clock(), log, failed: 'rows not removed' };

describe('a sweep', () => {
  it('runs at the start and then periodically', async () => {
    const task = vi.fn(async () => undefined);
    const sweep = new Sweep(options, task);
    sweep.start();
    expect(task).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(task.mock.calls.length).toBeGreaterThan(2));
    await sweep.stop();
    const runs = task.mock.calls.length;
    await new Clock().sleep(20);
    expect(task).toHaveBeenCalledTimes(runs);
  });

  it('never runs twice at the same time', async () => {
    let running = 0;
    const atOnce: number[] = [];
    const sweep = new Sweep(options, async () => {
      running += 1;
      atOnce.push(running);
      await new Clock().sleep(20);
      running -= 1;
    });
    sweep.start();
    await vi.waitFor(() => expect(atOnce.length).toBeGreaterThan(2));
    await sweep.stop();
    expect(Math.max(...atOnce)).toBe(1);
  });

  it('runs before its time when asked, and never after its stop', async () => {
    const task = vi.fn(async () => undefined);
    const sweep = new Sweep({ ...options, everyMs: 3_600_000 }, task);
    sweep.start();
    await new Clock().sleep(0);
    sweep.run();
    expect(task).toHaveBeenCalledTimes(2);
    await sweep.stop();
    sweep.run();
    expect(task).toHaveBeenCalledTimes(2);
  });

  it('aborts a run when it stops, and waits for its end', async () => {
    let hasEnded = false;
    const sweep = new Sweep(options, async (stopping) => {
      await new Promise((resolve) => stopping.addEventListener('abort', resolve));
      await new Clock().sleep(10);
      hasEnded = true;
    });
    sweep.start();
    await sweep.stop();
    expect(hasEnded).toBe(true);
  });

  it('logs a run that failed, and runs again', async () => {
    const warn = vi.spyOn(log, 'warn');
    const error = new Error('database locked');
    const task = vi.fn(async () => Promise.reject(error));
    const sweep = new Sweep(options, task);
    sweep.start();
    await vi.waitFor(() => expect(task.mock.calls.length).toBeGreaterThan(1));
    await sweep.stop();
    expect(warn).toHaveBeenCalledWith({ err: error }, 'rows not removed');
  });
});
