/** Hostile models in small files. */
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxValueInfo,
} from '../../../src/onnx/index.js';
import { serializeModel, tensorProtoOf } from '../../../src/onnx/index.js';
import { type Dtype, dtypeNumber } from '../../../src/wire/index.js';

const FLOAT = 1;
const INT64 = 7;
const BOOL = 9;
const GRAPH_ATTRIBUTE = 5;

const value = (name: string, elemType: number, dims: readonly number[]): OnnxValueInfo => ({
  name,
  type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: readonly OnnxAttribute[] = [],
): OnnxNode => ({ opType, input, output, attribute, name: `${opType}-${output[0]}` });

function int64s(name: string, values: readonly number[], dims = [values.length]) {
  const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return tensorProtoOf(name, { dtype: 'int64', dims, data });
}

const fifth = tensorProtoOf('', {
  dtype: 'float32',
  dims: [1],
  data: new Uint8Array(Float32Array.of(0.2).buffer),
});

function bytesOf(graph: Partial<OnnxGraph>): Uint8Array {
  const model: OnnxModel = {
    irVersion: 8,
    opsetImport: [{ version: 17 }],
    graph: { name: 'hostile', node: [], input: [], output: [], initializer: [], ...graph },
  };
  return serializeModel(model);
}

/** Counts to 2⁶² while it hands its input on. */
export function endlessLoop(): Uint8Array {
  const body: OnnxGraph = {
    name: 'body',
    node: [node('Identity', ['go'], ['go-on']), node('Identity', ['v'], ['w'])],
    input: [value('i', INT64, []), value('go', BOOL, []), value('v', FLOAT, [1])],
    output: [value('go-on', BOOL, []), value('w', FLOAT, [1])],
    initializer: [],
  };
  return bytesOf({
    input: [value('x', FLOAT, [1])],
    output: [value('y', FLOAT, [1])],
    initializer: [int64s('turns', [2 ** 62], [])],
    node: [
      node('Loop', ['turns', '', 'x'], ['y'], [{ name: 'body', g: body, type: GRAPH_ATTRIBUTE }]),
    ],
  });
}

/** Asks for 60000 × 60000 floats, 14.4 GB, or more; isConstant: whether folding constants alone asks for it. */
export function giantAllocation({ isConstant }: { isConstant: boolean }): Uint8Array {
  const cast = { name: 'to', i: 7n, type: 2 };
  return bytesOf({
    input: [value('x', FLOAT, [2])],
    output: [{ name: 'y' }],
    initializer: [int64s('large', [60_000, 60_000])],
    node: [
      node('Cast', ['x'], ['n'], [cast]),
      node('Abs', ['n'], ['positive']),
      node('Add', ['positive', 'large'], ['larger']),
      node('ConstantOfShape', [isConstant ? 'large' : 'larger'], ['c']),
      node('ReduceSum', ['c'], ['sum']),
      node('Add', ['sum', 'x'], ['y']),
    ],
  });
}

/** No trouble at all: hands a tensor of any type on. */
export function identity(dtype: Dtype, dims: readonly number[]): Uint8Array {
  return bytesOf({
    input: [value('x', dtypeNumber(dtype), dims)],
    output: [value('y', dtypeNumber(dtype), dims)],
    node: [node('Identity', ['x'], ['y'])],
  });
}

/** Two layers whose weights are one constant, made by ConstantOfShape. */
export function constantWeights(): Uint8Array {
  return bytesOf({
    input: [value('x', FLOAT, [1, 4])],
    output: [value('y', FLOAT, [1, 4])],
    initializer: [int64s('shape', [4, 4])],
    node: [
      node('ConstantOfShape', ['shape'], ['w1'], [{ name: 'value', t: fifth, type: 4 }]),
      node('ConstantOfShape', ['shape'], ['w2'], [{ name: 'value', t: fifth, type: 4 }]),
      node('MatMul', ['x', 'w1'], ['h']),
      node('MatMul', ['h', 'w2'], ['y']),
    ],
  });
}

/** Every value is made by an unknown operator. */
export function unknownOperator(): Uint8Array {
  return bytesOf({
    input: [value('x', FLOAT, [1])],
    output: [value('y', FLOAT, [1])],
    node: [node('Frobnicate', ['x'], ['y'])],
  });
}

/** Its weight lies in a file outside of its folder. */
export function externalData(location: string): Uint8Array {
  const text = (key: string, said: string) =>
    Buffer.concat([
      Buffer.from([0x0a, key.length]),
      Buffer.from(key),
      Buffer.from([0x12, said.length]),
      Buffer.from(said),
    ]);
  const weight = {
    name: 'w',
    dims: [1],
    dataType: FLOAT,
    dataLocation: 1,
    externalData: [{ unknown: [text('location', location)] }],
  };
  return bytesOf({
    input: [value('x', FLOAT, [1])],
    output: [value('y', FLOAT, [1])],
    initializer: [weight],
    node: [node('Add', ['x', 'w'], ['y'])],
  });
}

/** A weight of four bytes that claims other dims. */
export function lyingWeight(dims: readonly number[]): Uint8Array {
  const weight = { name: 'w', dims: [...dims], dataType: FLOAT, rawData: new Uint8Array(4) };
  return bytesOf({
    input: [value('x', FLOAT, [1])],
    output: [value('y', FLOAT, [1])],
    initializer: [weight],
    node: [node('Add', ['x', 'w'], ['y'])],
  });
}

/** A batch of pictures of any size: nothing says how large. */
export function symbolicInput(): Uint8Array {
  const dim = [{ dimParam: 'N' }, { dimValue: 3 }, { dimParam: 'height' }, { dimParam: 'width' }];
  return bytesOf({
    input: [{ name: 'picture', type: { tensorType: { elemType: FLOAT, shape: { dim } } } }],
    output: [{ name: 'y' }],
    node: [node('Relu', ['picture'], ['y'])],
  });
}
