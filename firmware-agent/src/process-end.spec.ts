import { describe, expect, it } from 'vitest';
import { createLog } from './log.js';
import { Closing, heldBy } from './process-end.js';

const never = new Promise<void>(() => undefined);

function scene(totalMs: number) {
  const lines: string[] = [];
  return {
    lines,
    closing: new Closing(
      totalMs,
      createLog('info', (line) => lines.push(line)),
    ),
  };
}

describe('the end of the agent', () => {
  it('counts what holds the process by kind', () => {
    expect(heldBy(['Timeout', 'FSReqPromise', 'Timeout'])).toBe('2 Timeout, FSReqPromise');
    // Threads of native libraries are in no list of Node.
    expect(heldBy([])).toBe('a thread');
  });

  it('leaves a part behind that does not close in its time, and names it', async () => {
    const { closing, lines } = scene(10_000);
    await closing.part('model', 10, never);
    await closing.part('connection', 10_000, Promise.resolve());
    expect(closing.late).toEqual(['model']);
    expect(lines.join()).toContain('model: not closed within 0.0 s');
  });

  it('closes the other parts when one fails', async () => {
    const { closing, lines } = scene(10_000);
    await closing.part('model', 1000, Promise.reject(new Error('it is broken')));
    await closing.part('connection', 1000, Promise.resolve());
    expect(closing.late).toEqual([]);
    expect(lines.join()).toContain('model: it is broken');
  });

  it('takes no longer than its bound, however many parts are late', async () => {
    const { closing } = scene(50);
    const startedMs = performance.now();
    for (const name of ['a', 'b', 'c', 'd']) await closing.part(name, 60_000, never);
    expect(performance.now() - startedMs).toBeLessThan(30_000);
    expect(closing.late).toEqual(['a', 'b', 'c', 'd']);
  });
});
