import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CloseQueue } from './close-queue.js';

it('lets everybody leave in order, a few a turn, also those who come meanwhile', async () => {
  const closeQueue = new CloseQueue();
  const left: number[] = [];
  const come = (one: number) => closeQueue.add(() => left.push(one));
  for (let i = 0; i < 20; i++) come(i);
  const seen: number[] = [];
  for (let turns = 0; turns < 3; turns++) {
    await turn();
    seen.push(left.length);
    if (turns === 1) come(20);
  }
  expect(seen).toEqual([8, 16, 21]);
  expect(left).toEqual(Array.from({ length: 21 }, (_, i) => i));
  come(21);
  await turn();
  expect(left.at(-1)).toBe(21);
});
