/** NumPy's .npy format, versions 1–3 (numpy.lib.format): magic, version, length, a Python literal, the elements. */
import {
  type Dtype,
  elementBytes,
  Fault,
  type Tensor,
  tensorBytes,
} from '../../../src/wire/index.js';

const MAGIC = '\x93NUMPY';

/** kind and size of a numpy type → dtype. */
const DTYPES: Record<string, Dtype> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/** The array in a .npy file, in C order and little-endian; throws INPUT_UNREADABLE saying what is wrong. */
export function readNpy(bytes: Uint8Array): Tensor {
  const { header, dataAt } = readHeader(bytes);
  const descr = /'descr'\s*:\s*'([<>|=])([a-z]\d+)'/.exec(header);
  const dtype = DTYPES[descr?.[2] ?? ''];
  if (dtype === undefined)
    throw unreadable(`its type in ${header.trim()} is not one a network takes`);
  if (!/'fortran_order'\s*:\s*False/.test(header)) {
    throw unreadable('it is in Fortran order; save it with numpy.ascontiguousarray');
  }
  const shape = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (shape === undefined) throw unreadable('its shape is missing');
  const dims = shape
    .split(',')
    .filter((dim) => dim.trim() !== '')
    .map(Number);
  const data = bytes.subarray(dataAt);
  const wanted = tensorBytes({ dtype, dims });
  if (data.length !== wanted) {
    throw unreadable(`${data.length} bytes follow the header, its shape takes ${wanted}`);
  }
  return { dtype, dims, data: descr?.[1] === '>' ? swapped(data, elementBytes(dtype)) : data };
}

function readHeader(bytes: Uint8Array): { header: string; dataAt: number } {
  const text = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (bytes.length < 12 || text(0, 6) !== MAGIC) throw unreadable('it is no .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) throw unreadable(`version ${version} of the format is unknown`);
  const headerAt = version === 1 ? 10 : 12;
  const headerBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataAt = headerAt + headerBytes;
  if (dataAt > bytes.length) throw unreadable('it ends within its header');
  return { header: text(headerAt, dataAt), dataAt };
}

function swapped(data: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(data);
  for (let at = 0; at < copy.length; at += size) copy.subarray(at, at + size).reverse();
  return copy;
}

function unreadable(why: string): Fault {
  return new Fault('INPUT_UNREADABLE', `the .npy file cannot be read: ${why}`);
}
