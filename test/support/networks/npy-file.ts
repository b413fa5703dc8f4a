/** Float tensors as NumPy files. */
import type { Tensor } from '../../../src/wire/index.js';

/** The bytes of a .npy file, version 1. */
export function npyFile({ dims, data }: Tensor): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dims.join(', ')}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length, 0]);
  return Buffer.concat([start, Buffer.from(padded), data]);
}
