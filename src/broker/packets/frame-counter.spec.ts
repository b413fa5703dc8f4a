import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { webSocketFrame } from '../../../test/support/mqtt/raw-web-socket.js';
import { FrameCounter } from './frame-counter.js';

const OPCODES = [0, 1, 2, 8, 9, 10];

describe('FrameCounter', () => {
  it('counts and weighs frames of every length, masked or not, however the stream is split', () => {
    const frame = fc.record({
      opcode: fc.constantFrom(...OPCODES),
      // Around the borders of the three forms of a length.
      bytes: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.constantFrom(65_535, 65_536, 70_000)),
      isMasked: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 12 }),
        fc.integer({ min: 1, max: 5_000 }),
        (frames, step) => {
          const stream = Buffer.concat(
            frames.map(({ opcode, bytes, isMasked }) =>
              webSocketFrame(opcode, Buffer.alloc(bytes, 0x89), isMasked),
            ),
          );
          const counter = new FrameCounter();
          for (let at = 0; at < stream.length; at += step) {
            counter.read(stream.subarray(at, at + step));
          }
          const whole = frames.filter(({ opcode, bytes }) => opcode >= 8 || bytes === 0).length;
          expect(counter.frames).toBe(frames.length);
          expect(counter.work).toBe(whole + (frames.length - whole) / 8);
        },
      ),
    );
  });
});
