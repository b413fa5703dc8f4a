import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Examination, ExaminationQueue } from './examination-queue.js';

const untilAborted: Examination = (signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')));
  });

describe('ExaminationQueue', () => {
  it('runs examinations one at a time, in order', async () => {
    const queue = new ExaminationQueue();
    const log: string[] = [];
    const work =
      (name: string): Examination =>
      async (_signal, onProgress) => {
        log.push(`${name} begins`);
        onProgress({ step: 'units', share: 0.5, text: name });
        await sleep(5);
        log.push(`${name} ends`);
      };
    const both = [queue.add('a', work('a')), queue.add('b', work('b'))];
    expect(queue.progressOf('a')?.text).toBe('a');
    expect(queue.progressOf('b')?.text).toBe('waiting');
    await Promise.all(both);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(queue.progressOf('a')).toBeUndefined();
  });

  it('runs the next examination after a failed one', async () => {
    const queue = new ExaminationQueue();
    const failing = queue.add('a', async () => {
      throw new Error('no good');
    });
    const next = queue.add('b', async () => undefined);
    await expect(failing).rejects.toThrow('no good');
    await next;
  });

  it('cancels running and waiting examinations without waiting for others', async () => {
    const queue = new ExaminationQueue();
    const running = queue.add('a', untilAborted);
    const waiting = queue.add('b', async () => undefined);
    await queue.cancel('b');
    await expect(waiting).rejects.toThrow('cancelled');
    await queue.cancel('a');
    await expect(running).rejects.toThrow('stopped');
    await queue.cancel('unknown');
  });

  it('rejects examinations when too many wait and when it is closed', async () => {
    const queue = new ExaminationQueue();
    for (let i = 0; i < 9; i++) {
      queue.checkRoom();
      queue.add(`${i}`, untilAborted).catch(() => undefined);
    }
    expect(() => queue.checkRoom()).toThrow('9 models are waiting');
    await queue.close();
    expect(() => queue.checkRoom()).toThrow('stopping');
  });
});
