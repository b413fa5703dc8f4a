/**
 * The field numbers of the ONNX specification (onnx.proto, IR version 11), as data for the codec.
 * Parts that nothing here reads (sparse tensors, training, quantization annotations, sharding) are left
 * out where they are whole messages: the codec keeps them as unknown fields, byte for byte.
 */

/** floats and doubles are packed little-endian elements kept as bytes; int is a safe integer, long a bigint. */
export type ScalarKind =
  | 'int'
  | 'int32'
  | 'long'
  | 'ulong'
  | 'float'
  | 'string'
  | 'bytes'
  | 'floats'
  | 'doubles';

/** one: the last occurrence counts. list: always an array. optionalList and packed: an array when there is any element. */
export type Repetition = 'one' | 'list' | 'optionalList' | 'packed';

export type MessageName = keyof typeof FIELDS;

type FieldRow = readonly [id: number, kind: string, repetition?: Repetition];

const FIELDS = {
  Model: {
    irVersion: [1, 'int'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    domain: [4, 'string'],
    modelVersion: [5, 'long'],
    docString: [6, 'bytes'],
    graph: [7, 'Graph'],
    opsetImport: [8, 'OperatorSet', 'list'],
    metadataProps: [14, 'Opaque', 'optionalList'],
    trainingInfo: [20, 'Opaque', 'optionalList'],
    functions: [25, 'Function', 'optionalList'],
  },
  OperatorSet: { domain: [1, 'string'], version: [2, 'int'] },
  Graph: {
    node: [1, 'Node', 'list'],
    name: [2, 'string'],
    initializer: [5, 'Tensor', 'list'],
    docString: [10, 'bytes'],
    input: [11, 'ValueInfo', 'list'],
    output: [12, 'ValueInfo', 'list'],
    valueInfo: [13, 'ValueInfo', 'optionalList'],
    quantizationAnnotation: [14, 'Opaque', 'optionalList'],
    sparseInitializer: [15, 'Opaque', 'optionalList'],
    metadataProps: [16, 'Opaque', 'optionalList'],
  },
  Node: {
    input: [1, 'string', 'list'],
    output: [2, 'string', 'list'],
    name: [3, 'string'],
    opType: [4, 'string'],
    attribute: [5, 'Attribute', 'list'],
    docString: [6, 'bytes'],
    domain: [7, 'string'],
    overload: [8, 'string'],
  },
  Attribute: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'long'],
    s: [4, 'bytes'],
    t: [5, 'Tensor'],
    g: [6, 'Graph'],
    floats: [7, 'float', 'optionalList'],
    ints: [8, 'long', 'optionalList'],
    strings: [9, 'bytes', 'optionalList'],
    tensors: [10, 'Tensor', 'optionalList'],
    graphs: [11, 'Graph', 'optionalList'],
    docString: [13, 'bytes'],
    type: [20, 'int32'],
    refAttrName: [21, 'string'],
  },
  Tensor: {
    dims: [1, 'int', 'list'],
    dataType: [2, 'int32'],
    segment: [3, 'Opaque'],
    floatData: [4, 'floats'],
    int32Data: [5, 'int32', 'packed'],
    stringData: [6, 'bytes', 'optionalList'],
    int64Data: [7, 'long', 'packed'],
    name: [8, 'string'],
    rawData: [9, 'bytes'],
    doubleData: [10, 'doubles'],
    uint64Data: [11, 'ulong', 'packed'],
    docString: [12, 'bytes'],
    externalData: [13, 'Opaque', 'optionalList'],
    dataLocation: [14, 'int32'],
  },
  ValueInfo: { name: [1, 'string'], type: [2, 'Type'], docString: [3, 'bytes'] },
  Type: { tensorType: [1, 'TensorType'], denotation: [6, 'string'] },
  TensorType: { elemType: [1, 'int32'], shape: [2, 'Shape'] },
  Shape: { dim: [1, 'Dimension', 'list'] },
  Dimension: { dimValue: [1, 'int'], dimParam: [2, 'string'], denotation: [3, 'string'] },
  Function: {
    name: [1, 'string'],
    input: [4, 'string', 'list'],
    output: [5, 'string', 'list'],
    node: [7, 'Node', 'list'],
    domain: [10, 'string'],
  },
  /** A message that is not interpreted: every field is unknown. */
  Opaque: {},
} as const satisfies Record<string, Record<string, FieldRow>>;

export interface Field {
  readonly id: number;
  readonly key: string;
  readonly repetition: Repetition;
  /** What the value is: a scalar, or the fields of a nested message. */
  readonly kind: { readonly scalar: ScalarKind } | { readonly message: MessageName };
}

function isMessageName(kind: string): kind is MessageName {
  return Object.hasOwn(FIELDS, kind);
}

function fieldsOf(rows: Record<string, FieldRow>): Field[] {
  return Object.entries(rows)
    .map(([key, [id, kind, repetition = 'one']]) => ({
      id,
      key,
      repetition,
      kind: isMessageName(kind) ? { message: kind } : { scalar: kind as ScalarKind },
    }))
    .sort((a, b) => a.id - b.id);
}

/** The fields of each message in the order of their numbers, which is the order they are written in. */
export const schema = new Map<MessageName, readonly Field[]>(
  Object.entries(FIELDS).map(([name, rows]) => [name as MessageName, fieldsOf(rows)]),
);

const VARINT = 0;
const FIXED64 = 1;
/** Wire type of length-delimited fields. */
export const DELIMITED = 2;
const FIXED32 = 5;

/** Wire type of each scalar; of one element where several may be packed. */
export const WIRE_TYPES: Record<ScalarKind, number> = {
  int: VARINT,
  int32: VARINT,
  long: VARINT,
  ulong: VARINT,
  float: FIXED32,
  string: DELIMITED,
  bytes: DELIMITED,
  floats: FIXED32,
  doubles: FIXED64,
};
