/** The usual length of a camera's files. */
import { describe, expect, it } from 'vitest';
import { JpegSizes } from './jpeg-sizes.js';

describe('the length of files', () => {
  it('is unknown before the first, then the median of the latest', () => {
    const sizes = new JpegSizes();
    expect(sizes.median()).toBeUndefined();
    for (const bytes of [10, 1000, 20]) sizes.note(bytes);
    expect(sizes.median()).toBe(20);
    for (let i = 0; i < 32; i++) sizes.note(500);
    expect(sizes.median()).toBe(500);
  });
});
