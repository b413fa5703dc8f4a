/** The tensors of a result, checked against the model: what the network says is not trusted. */
import {
  Fault,
  isSameType,
  type ModelDocument,
  type Tensor,
  tensorBytes,
} from '../../../../src/wire/index.js';
import type { Answer } from '../../cloud/transfer/expected-answers.js';

/** The named outputs in a result; a fault value when one is missing or not what the model says. */
export function tensorsOfResult(
  { head, body }: Extract<Answer, { kind: 'result' }>,
  names: readonly string[],
  model: ModelDocument,
): Map<string, Tensor> | Fault {
  const given = new Map<string, Tensor>();
  let at = 0;
  for (const { name, dtype, dims, bytes } of head.outputs) {
    // A copy: the body lies anywhere in a packet, and is often a Buffer, whose slice() is none.
    given.set(name, { dtype, dims, data: new Uint8Array(body.subarray(at, at + bytes)) });
    at += bytes;
  }
  const wanted = new Map<string, Tensor>();
  for (const name of names) {
    const tensor = given.get(name);
    const spec = model.tensors.find((one) => one.name === name);
    if (tensor === undefined || !isWhole(tensor) || (spec && !isAsStated(tensor, spec))) {
      return new Fault(
        'MESSAGE_MALFORMED',
        `the result's output ${name} is not what the model says`,
      );
    }
    wanted.set(name, tensor);
  }
  return wanted;
}

/** Of an output whose size varies, the model states the number of dims. */
function isAsStated(tensor: Tensor, spec: ModelDocument['tensors'][number]): boolean {
  return spec.sizeVaries === true
    ? tensor.dtype === spec.dtype && tensor.dims.length === spec.dims.length
    : isSameType(tensor, spec);
}

function isWhole(tensor: Tensor): boolean {
  return tensor.data.length === tensorBytes(tensor);
}
