/** Named tensors as a message: their types in the head, their bytes as buffers. */
import { Fault, type Tensor, type TensorType, tensorBytes } from '../wire/index.js';

/** Types of the tensors of a message, in the order of its buffers. */
export type TensorParts = readonly (TensorType & { readonly name: string })[];

/** The head part and the buffers of named tensors; nothing is copied. */
export function packTensors(tensors: ReadonlyMap<string, Tensor>): {
  parts: TensorParts;
  buffers: Uint8Array[];
} {
  const entries = [...tensors];
  return {
    parts: entries.map(([name, { dtype, dims }]) => ({ name, dtype, dims })),
    buffers: entries.map(([, { data }]) => data),
  };
}

/** The tensors again; throws INTERNAL when the bytes do not fit the types. */
export function unpackTensors(
  parts: TensorParts,
  buffers: readonly Uint8Array[],
): Map<string, Tensor> {
  const tensors = parts.map(({ name, dtype, dims }, i): [string, Tensor] => {
    const data = buffers[i];
    if (data === undefined || data.length !== tensorBytes({ dtype, dims })) {
      throw new Fault('INTERNAL', `the bytes of ${name} do not fit its type`);
    }
    return [name, { dtype, dims, data }];
  });
  return new Map(tensors);
}
