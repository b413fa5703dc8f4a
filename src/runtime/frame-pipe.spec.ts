/** Frames survive whatever pieces a pipe cuts them into. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrameHead, FrameReader, MAX_HEAD_BYTES } from './frame-pipe.js';

const frame = fc.record({
  call: fc.nat(),
  head: fc.jsonValue(),
  buffers: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
});

describe('frames', () => {
  it('come out as they went in, whatever pieces they come in', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 4 }),
        fc.integer({ min: 1, max: 30 }),
        (frames, size) => {
          const bytes = Buffer.concat(
            frames.flatMap(({ call, head, buffers }) => [
              encodeFrameHead({ call, kind: 'call', head }, buffers),
              ...buffers,
            ]),
          );
          const seen: unknown[] = [];
          const reader = new FrameReader(({ call, head }, buffers) =>
            seen.push({ call, head, buffers: buffers.map((buffer) => [...buffer]) }),
          );
          for (let at = 0; at < bytes.length; at += size)
            reader.push(bytes.subarray(at, at + size));
          const sent = frames.map(({ call, head, buffers }) => ({
            call,
            head: JSON.parse(JSON.stringify(head)),
            buffers: buffers.map((buffer) => [...buffer]),
          }));
          expect(seen).toEqual(sent);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('have buffers that any array can view', () => {
    const buffers = [new Uint8Array(3), new Uint8Array(8)];
    let offset = -1;
    const reader = new FrameReader((_head, [, second]) => {
      offset = second?.byteOffset ?? -1;
    });
    reader.push(encodeFrameHead({ call: 1, kind: 'call', head: null }, buffers));
    for (const buffer of buffers) reader.push(buffer);
    expect(offset).toBe(0);
  });

  it('are rejected for an invalid head before memory is allocated', () => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(MAX_HEAD_BYTES + 1);
    expect(() => new FrameReader(() => undefined).push(length)).toThrow('frame head');
    const nonsense = Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('{}')]);
    expect(() => new FrameReader(() => undefined).push(nonsense)).toThrow('without a list');
  });
});
