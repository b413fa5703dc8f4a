import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

describe('turns', () => {
  it('run in order for one device, in parallel for two, and leave nothing behind', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const act = (name: string, ms: number) => async () => {
      log.push(`${name} begins`);
      await pause(ms);
      log.push(`${name} ends`);
      return name;
    };
    const all = [
      turns.of('pi', act('a', 20)),
      turns.of('pi', act('b', 1)),
      turns.of('other', act('c', 1)),
    ];
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'c begins', 'c ends', 'a ends', 'b begins', 'b ends']);
    expect(turns.size).toBe(0);
  });

  it('go on after one that failed', async () => {
    const turns = new Turns();
    const failing = turns.of('pi', () => Promise.reject(new Error('broken')));
    const next = turns.of('pi', async () => 'done');
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('done');
    expect(turns.size).toBe(0);
  });

  it('are refused when too many are in line, unless one cannot wait', async () => {
    const turns = new Turns();
    const line = Array.from({ length: 100 }, () => turns.of('pi', () => pause(0)));
    await expect(turns.of('pi', () => pause(0))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await turns.of('pi', async () => 'urgent', Number.POSITIVE_INFINITY)).toBe('urgent');
    await Promise.all(line);
  });
});
