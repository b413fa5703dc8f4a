import { describe, expect, it } from 'vitest';
import type { DesiredPlan, Encoding } from '../../wire/index.js';
import { isFollowable } from './followable.js';

const upload = (encoding: Encoding) => ({ tensor: 't', encoding, bytes: 4 });

/** A plan of one cut, and a table row of another encoding where one is given. */
function plan(own: Encoding, row?: Encoding, maxFrameBytes?: number): DesiredPlan {
  const cut = { device: ['a'], cloud: ['b'], uploads: [upload(own)] };
  return {
    ...cut,
    ...(row !== undefined && { table: { rows: [{ ...cut, uploads: [upload(row)] }] } }),
    ...(maxFrameBytes !== undefined && { limits: { maxFrameBytes } }),
  } as unknown as DesiredPlan;
}

const able = (encodings: readonly Encoding[], more: object = {}) => ({
  abilities: { source: 'tensor' as const, encodings: [...encodings], ...more },
  isSpent: false,
});

describe('a plan', () => {
  it.each([
    ['the encodings of all its cuts', true, plan('raw', 'f16'), able(['raw', 'f16'])],
    ['not that of its own cut', false, plan('f16'), able(['raw'])],
    ['not that of a table row', false, plan('raw', 'f16'), able(['raw', 'u8'])],
    ['pixels of pictures', true, plan('pixels'), able(['pixels'], { source: 'image' })],
    ['pixels, but no pictures any more', false, plan('pixels'), able(['raw', 'pixels'])],
    ['no blocks any more', false, plan('raw'), able(['raw'], { runsBlocks: false })],
  ])('can be followed or not by a device that has %s', (_, expected, of, means) => {
    expect(isFollowable(of, means)).toBe(expected);
  });

  it.each([
    ['no limit', false, undefined],
    ['a limit above zero', false, 1],
    ['a limit of zero', true, 0],
  ])('with %s of bytes may be followed or not under a spent cap', (_, expected, maxBytes) => {
    const of = plan('raw', undefined, maxBytes);
    expect(isFollowable(of, { ...able(['raw']), isSpent: true })).toBe(expected);
  });
});
