/** Tensors: type, dims and little-endian bytes. Type numbers are those of ONNX (TensorProto.DataType). */
import { Fault } from '../faults.js';

/** name → [ONNX TensorProto.DataType, bytes per element]. */
const DTYPES = {
  float32: [1, 4],
  uint8: [2, 1],
  int8: [3, 1],
  uint16: [4, 2],
  int16: [5, 2],
  int32: [6, 4],
  int64: [7, 8],
  bool: [9, 1],
  float16: [10, 2],
  float64: [11, 8],
  uint32: [12, 4],
  uint64: [13, 8],
} as const satisfies Record<string, readonly [number, number]>;

export type Dtype = keyof typeof DTYPES;
export const dtypes = Object.keys(DTYPES) as [Dtype, ...Dtype[]];

const BY_NUMBER = new Map<number, Dtype>(dtypes.map((name) => [DTYPES[name][0], name]));

/** The ONNX number of a dtype. */
export function dtypeNumber(dtype: Dtype): number {
  return DTYPES[dtype][0];
}

/** The dtype of an ONNX number; undefined for unsupported types (string, complex, bfloat16…). */
export function dtypeOf(number: number): Dtype | undefined {
  return BY_NUMBER.get(number);
}

export function elementBytes(dtype: Dtype): number {
  return DTYPES[dtype][1];
}

/** The type of a tensor, without its contents. */
export interface TensorType {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
}

/** data.length === tensorBytes(this); the bytes are little-endian whatever the machine. */
export interface Tensor extends TensorType {
  readonly data: Uint8Array;
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((count, dim) => count * dim, 1);
}

export function tensorBytes({ dtype, dims }: TensorType): number {
  return elementCount(dims) * elementBytes(dtype);
}

export function isSameType(a: TensorType, b: TensorType): boolean {
  return (
    a.dtype === b.dtype &&
    a.dims.length === b.dims.length &&
    a.dims.every((dim, i) => dim === b.dims[i])
  );
}

/** The bytes of a tensor, aligned for a typed array of its elements: a copy when they are not aligned. */
export function alignedBytes({ dtype, data }: Pick<Tensor, 'dtype' | 'data'>): Uint8Array {
  // Not slice(): the one of a Buffer does not copy.
  return data.byteOffset % elementBytes(dtype) === 0 ? data : new Uint8Array(data);
}

/** `float32[1,3,224,224]`, for messages. */
export function typeText({ dtype, dims }: TensorType): string {
  return `${dtype}[${dims.join(',')}]`;
}

/** Throws INPUT_MISMATCH naming the tensor when its type is wrong or its bytes do not match its dims. */
export function checkTensor(name: string, tensor: Tensor, wanted: TensorType): void {
  if (!isSameType(tensor, wanted)) {
    throw new Fault(
      'INPUT_MISMATCH',
      `${name} is ${typeText(tensor)}, but the model wants ${typeText(wanted)}`,
    );
  }
  if (tensor.data.length !== tensorBytes(wanted)) {
    throw new Fault(
      'INPUT_MISMATCH',
      `${name} has ${tensor.data.length} bytes, but ${typeText(wanted)} takes ${tensorBytes(wanted)}`,
    );
  }
}
