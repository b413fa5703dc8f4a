import { describe, expect, it } from 'vitest';
import { DeviceTurns } from './device-turns.js';

/** Takes turns for several frames, and keeps who got the device. */
function recorded(): { turns: DeviceTurns; got: number[]; take(frame: number): void } {
  const turns = new DeviceTurns();
  const got: number[] = [];
  const take = (frame: number): void => void turns.take(frame).then(() => got.push(frame));
  return { turns, got, take };
}
const soon = (): Promise<void> => new Promise(setImmediate);

describe('DeviceTurns', () => {
  it('gives the device to the oldest frame that waits', async () => {
    const { turns, got, take } = recorded();
    for (const frame of [2, 4, 3, 1]) take(frame);
    await soon();
    expect(got).toEqual([2]);
    for (let i = 0; i < 3; i++) turns.release();
    await soon();
    expect(got).toEqual([2, 1, 3, 4]);
    turns.release();
    take(9);
    await soon();
    expect(got.at(-1)).toBe(9);
  });

  it('interrupts a frame between blocks for an older one, never for a newer one', async () => {
    const { turns, got, take } = recorded();
    await turns.take(5);
    take(6);
    await turns.yieldToOlder(5);
    take(3);
    const back = turns.yieldToOlder(5).then(() => got.push(5));
    await soon();
    expect(got).toEqual([3]);
    turns.release();
    await back;
    turns.release();
    await soon();
    expect(got).toEqual([3, 5, 6]);
  });
});
