/** ONNX TensorProto (.pb), read field by field: dims 1, data_type 2, the typed lists 4 5 7 10 11, raw_data 9, external data 13 14. */
import {
  type Dtype,
  dtypeOf,
  elementBytes,
  elementCount,
  Fault,
  type Tensor,
  tensorBytes,
} from '../../../src/wire/index.js';

interface Field {
  readonly number: number;
  /** A varint's value, or the bytes of a fixed or length-delimited field. */
  readonly value: bigint | Uint8Array;
}

/** Which list holds the elements of a type when raw_data does not, and how many bytes its entries have (0: varints). */
const TYPED_LIST: Record<Dtype, readonly [field: number, entryBytes: number]> = {
  float32: [4, 4],
  float64: [10, 8],
  int64: [7, 0],
  uint64: [11, 0],
  uint32: [11, 0],
  int32: [5, 0],
  int16: [5, 0],
  uint16: [5, 0],
  int8: [5, 0],
  uint8: [5, 0],
  bool: [5, 0],
  float16: [5, 0],
};

/** The tensor in a TensorProto; throws INPUT_UNREADABLE saying what is wrong. */
export function readTensorProto(bytes: Uint8Array): Tensor {
  const fields = [...readFields(bytes)];
  const of = (number: number): Field['value'][] =>
    fields.filter((field) => field.number === number).map(({ value }) => value);
  const type = of(2)[0];
  const dtype = dtypeOf(typeof type === 'bigint' ? Number(type) : 0);
  if (dtype === undefined)
    throw unreadable(`data_type ${type ?? 'missing'} is not one a network takes`);
  if (of(13).length > 0 || of(14).some((location) => location === 1n)) {
    throw unreadable('its elements are in another file (external data)');
  }
  const dims = varintsOf(of(1)).map((dim) => Number(BigInt.asIntN(64, dim)));
  if (dims.length > 8 || dims.some((dim) => dim < 0 || dim > 0xffff_ffff)) {
    throw unreadable(`dims [${dims.join(',')}] cannot be`);
  }
  const raw = of(9)[0];
  const data = raw instanceof Uint8Array ? raw : typedData(dtype, dims, of(TYPED_LIST[dtype][0]));
  if (data.length !== tensorBytes({ dtype, dims })) {
    throw unreadable(
      `it holds ${data.length} bytes, its dims [${dims.join(',')}] take another number`,
    );
  }
  return { dtype, dims, data };
}

/** Elements from the typed list, as little-endian bytes of the dtype. */
function typedData(dtype: Dtype, dims: readonly number[], list: Field['value'][]): Uint8Array {
  const [, entryBytes] = TYPED_LIST[dtype];
  if (entryBytes > 0) {
    return Buffer.concat(list.filter((value) => value instanceof Uint8Array));
  }
  const values = varintsOf(list);
  if (values.length !== elementCount(dims)) {
    throw unreadable(
      `it holds ${values.length} elements, its dims [${dims.join(',')}] another number`,
    );
  }
  const size = elementBytes(dtype);
  const data = new Uint8Array(values.length * size);
  for (const [i, value] of values.entries()) {
    for (let byte = 0; byte < size; byte++) {
      data[i * size + byte] = Number((value >> BigInt(8 * byte)) & 0xffn);
    }
  }
  return data;
}

/** Varints given one by one or packed. */
function varintsOf(values: readonly Field['value'][]): bigint[] {
  return values.flatMap((value) => {
    if (typeof value === 'bigint') return [value];
    const packed: bigint[] = [];
    for (let at = 0; at < value.length; ) {
      const { varint, next } = readVarint(value, at);
      packed.push(varint);
      at = next;
    }
    return packed;
  });
}

function* readFields(bytes: Uint8Array): Generator<Field> {
  for (let at = 0; at < bytes.length; ) {
    const key = readVarint(bytes, at);
    const number = Number(key.varint >> 3n);
    const wire = Number(key.varint & 7n);
    if (number === 0) throw unreadable('it is no protobuf message');
    if (wire === 0) {
      const { varint, next } = readVarint(bytes, key.next);
      yield { number, value: varint };
      at = next;
      continue;
    }
    const [start, length] = extentOf(bytes, wire, key.next);
    if (start + length > bytes.length) throw unreadable('it is cut off');
    yield { number, value: bytes.subarray(start, start + length) };
    at = start + length;
  }
}

function extentOf(bytes: Uint8Array, wire: number, at: number): [start: number, length: number] {
  if (wire === 1) return [at, 8];
  if (wire === 5) return [at, 4];
  if (wire !== 2) throw unreadable('it is no protobuf message');
  const { varint, next } = readVarint(bytes, at);
  return [next, Number(varint)];
}

function readVarint(bytes: Uint8Array, at: number): { varint: bigint; next: number } {
  let varint = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw unreadable('it is cut off');
    varint |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { varint: BigInt.asUintN(64, varint), next: at + i + 1 };
  }
  throw unreadable('it is no protobuf message');
}

function unreadable(why: string): Fault {
  return new Fault('INPUT_UNREADABLE', `the TensorProto cannot be read: ${why}`);
}
