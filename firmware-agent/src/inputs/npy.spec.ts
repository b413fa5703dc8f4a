import { describe, expect, it } from 'vitest';
import { readNpy } from './npy.js';

/** A .npy file as NumPy writes it. */
function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const padded = header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11).concat('\n');
  const length = version === 1 ? Buffer.alloc(2) : Buffer.alloc(4);
  if (version === 1) length.writeUInt16LE(padded.length);
  else length.writeUInt32LE(padded.length);
  const magic = Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from([version, 0])]);
  return Buffer.concat([magic, length, Buffer.from(padded, 'latin1'), data]);
}

const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

describe('readNpy', () => {
  it('reads floats with their dims, in all versions of the format', () => {
    for (const version of [1, 2, 3]) {
      const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }";
      const tensor = readNpy(npy(header, floats, version));
      expect(tensor).toMatchObject({ dtype: 'float32', dims: [1, 2, 3] });
      expect([...tensor.data]).toEqual([...floats]);
    }
  });

  it('turns big-endian elements round', () => {
    const header = "{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }";
    expect([...readNpy(npy(header, Uint8Array.of(1, 2, 3, 4))).data]).toEqual([2, 1, 4, 3]);
  });

  it('reads scalars and bytes', () => {
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (), }";
    expect(readNpy(npy(header, Uint8Array.of(7)))).toMatchObject({ dtype: 'uint8', dims: [] });
  });

  it.each([
    ['no .npy file', new Uint8Array(40)],
    ['Fortran order', npy("{'descr': '<f4', 'fortran_order': True, 'shape': (6,), }", floats)],
    ['type', npy("{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }", floats)],
    [
      'its shape takes 28',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }", floats),
    ],
    ['within its header', npy("{'descr': '<f4'}", floats).subarray(0, 30)],
  ])('refuses a file and says %s', (why, bytes) => {
    expect(() => readNpy(bytes)).toThrow(expect.objectContaining({ code: 'INPUT_UNREADABLE' }));
    expect(() => readNpy(bytes)).toThrow(why);
  });
});
