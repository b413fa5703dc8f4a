import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CloseQueue } from './close-queue.js';

it('runs all cleanups in order, a few per turn, including those added meanwhile', async () => {
  const closeQueue = new CloseQueue();
  const closed: number[] = [];
  const add = (one: number) => closeQueue.add(() => closed.push(one));
  for (let i = 0; i < 20; i++) add(i);
  const seen: number[] = [];
  for (let turns = 0; turns < 3; turns++) {
    await turn();
    seen.push(closed.length);
    if (turns === 1) add(20);
  }
  expect(seen).toEqual([8, 16, 21]);
  expect(closed).toEqual(Array.from({ length: 21 }, (_, i) => i));
  add(21);
  await turn();
  expect(closed.at(-1)).toBe(21);
});
