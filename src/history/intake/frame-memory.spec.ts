import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameMemory } from './frame-memory.js';

const LIMITS = { ofDevice: 5, total: 12 };

describe('FrameMemory', () => {
  it('keeps the newest values of every device, within both limits, whatever happens', () => {
    const step = fc.record({
      act: fc.constantFrom('set', 'set', 'set', 'take', 'forget'),
      device: fc.constantFrom('a', 'b', 'c', 'd'),
      frame: fc.nat({ max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const memory = new FrameMemory<number>(LIMITS);
        // Everything that was ever kept and not taken, oldest first.
        let kept: { device: string; frame: string; at: number }[] = [];
        for (const [at, { act, device, frame: n }] of steps.entries()) {
          const frame = String(n);
          const isSame = (one: { device: string; frame: string }) =>
            one.device === device && (act === 'forget' || one.frame === frame);
          if (act === 'take') {
            const found = memory.take(device, frame);
            const known = kept.find(isSame)?.at;
            expect([undefined, known]).toContain(found);
          }
          if (act === 'forget') memory.forget(device);
          kept = kept.filter((one) => !isSame(one));
          if (act === 'set') {
            memory.set(device, frame, at);
            kept.push({ device, frame, at });
          }
        }
        const left = kept.filter(({ device, frame }) => memory.take(device, frame) !== undefined);
        expect(left.length).toBeLessThanOrEqual(LIMITS.total);
        for (const device of ['a', 'b', 'c', 'd']) {
          const own = left.filter((one) => one.device === device);
          expect(own.length).toBeLessThanOrEqual(LIMITS.ofDevice);
          // What is left of a device is the newest part of what it had.
          const had = kept.filter((one) => one.device === device);
          expect(own).toEqual(own.length === 0 ? [] : had.slice(-own.length));
        }
      }),
    );
  });

  it('drops nothing of a device because another keeps very many', () => {
    const memory = new FrameMemory<number>({ ofDevice: 100, total: 1000 });
    for (let n = 0; n < 100; n++) memory.set('good', `${n}`, n);
    for (let n = 0; n < 100_000; n++) memory.set('hog', `${n}`, n);
    const left = Array.from({ length: 100 }, (_, n) => memory.take('good', `${n}`));
    expect(left).toEqual([...Array(100).keys()]);
  });
});
