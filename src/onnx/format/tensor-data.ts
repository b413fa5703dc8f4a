/** TensorProto ⇄ Tensor: whatever field of the message holds the elements, here they are little-endian bytes. */
import {
  type Dtype,
  dtypeNumber,
  dtypeOf,
  Fault,
  type Tensor,
  tensorBytes,
} from '../../wire/index.js';
import { decode } from './decode.js';
import { encode } from './encode.js';
import type { OnnxTensor } from './proto.js';

/** Reads a file that holds one TensorProto, as in the test data of ONNX; throws INPUT_UNREADABLE. */
export function parseTensor(bytes: Uint8Array): { name: string; tensor: Tensor } {
  try {
    const proto = decode(bytes, 'Tensor') as unknown as OnnxTensor;
    return { name: proto.name ?? '', tensor: tensorOf(proto) };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('INPUT_UNREADABLE', `not an ONNX tensor: ${what}`, { cause });
  }
}

/** The bytes of a file that holds this tensor alone. */
export function serializeTensor(name: string, tensor: Tensor): Uint8Array {
  return encode(tensorProtoOf(name, tensor), 'Tensor');
}

/** A message that holds the tensor's own bytes, not a copy. */
export function tensorProtoOf(name: string, { dtype, dims, data }: Tensor): OnnxTensor {
  return { dims, dataType: dtypeNumber(dtype), name, rawData: data };
}

/** The tensor of a message; throws MODEL_REFUSED for types that do not travel, MODEL_NOT_ONNX when bytes and dims disagree. */
export function tensorOf(proto: OnnxTensor): Tensor {
  const name = proto.name ?? 'a tensor without a name';
  const dtype = dtypeOf(proto.dataType ?? 0);
  if (dtype === undefined) {
    throw new Fault(
      'MODEL_REFUSED',
      `${name} has element type ${proto.dataType ?? 0}, which is not supported`,
    );
  }
  const tensor = { dtype, dims: proto.dims, data: proto.rawData ?? typedData(proto, dtype) };
  if (proto.dims.some((dim) => dim < 0) || tensor.data.length !== tensorBytes(tensor)) {
    throw new Fault(
      'MODEL_NOT_ONNX',
      `${name} has ${tensor.data.length} bytes, but ${dtype}[${proto.dims.join(',')}] does not take as many`,
    );
  }
  return tensor;
}

function typedData(proto: OnnxTensor, dtype: Dtype): Uint8Array {
  switch (dtype) {
    case 'float32':
      return proto.floatData ?? new Uint8Array();
    case 'float64':
      return proto.doubleData ?? new Uint8Array();
    case 'int64':
      return longs(proto.int64Data ?? []);
    case 'uint64':
      return longs(proto.uint64Data ?? []);
    case 'uint32':
      return integers(4, (proto.uint64Data ?? []).map(Number));
    case 'int32':
      return integers(4, proto.int32Data ?? []);
    case 'int16':
    case 'uint16':
    case 'float16':
      return integers(2, proto.int32Data ?? []);
    case 'int8':
    case 'uint8':
    case 'bool':
      return integers(1, proto.int32Data ?? []);
  }
}

function integers(bytesEach: 1 | 2 | 4, values: readonly number[]): Uint8Array {
  const data = new Uint8Array(values.length * bytesEach);
  const view = new DataView(data.buffer);
  values.forEach((value, i) => {
    if (bytesEach === 4) view.setInt32(i * 4, value, true);
    else if (bytesEach === 2) view.setInt16(i * 2, value, true);
    else view.setInt8(i, value);
  });
  return data;
}

function longs(values: readonly bigint[]): Uint8Array {
  const data = new Uint8Array(values.length * 8);
  const view = new DataView(data.buffer);
  values.forEach((value, i) => {
    view.setBigInt64(i * 8, BigInt.asIntN(64, value), true);
  });
  return data;
}

/** A tensor of 64-bit integers, such as a shape. */
export function int64Tensor(values: readonly bigint[], dims: readonly number[]): Tensor {
  return { dtype: 'int64', dims, data: longs(values) };
}
