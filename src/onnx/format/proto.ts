/**
 * The messages of an ONNX file as plain values, named and nested as in the ONNX specification (onnx.proto).
 * A field that the file does not hold is absent, so that writing a model again gives the same bytes.
 * 64-bit values are bigint where a network may hold extremes (attributes, int64 data), else safe integers.
 */

/** What the schema does not know of, as found: tag and value; written again behind the known fields. */
export interface OnnxMessage {
  readonly unknown?: readonly Uint8Array[];
}

/** ModelProto: a graph and the operator sets its nodes are of. */
export interface OnnxModel extends OnnxMessage {
  readonly irVersion: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: bigint;
  readonly docString?: Uint8Array;
  readonly graph: OnnxGraph;
  readonly opsetImport: readonly OnnxOperatorSet[];
  readonly metadataProps?: readonly OnnxMessage[];
  readonly trainingInfo?: readonly OnnxMessage[];
  readonly functions?: readonly OnnxFunction[];
}

/** OperatorSetIdProto: an absent domain is ONNX's own. */
export interface OnnxOperatorSet extends OnnxMessage {
  readonly domain?: string;
  readonly version?: number;
}

/** GraphProto: nodes between named values; initializers are values that are constant. */
export interface OnnxGraph extends OnnxMessage {
  readonly node: readonly OnnxNode[];
  readonly name?: string;
  readonly initializer: readonly OnnxTensor[];
  readonly docString?: Uint8Array;
  readonly input: readonly OnnxValueInfo[];
  readonly output: readonly OnnxValueInfo[];
  readonly valueInfo?: readonly OnnxValueInfo[];
  readonly quantizationAnnotation?: readonly OnnxMessage[];
  readonly sparseInitializer?: readonly OnnxMessage[];
  readonly metadataProps?: readonly OnnxMessage[];
}

/** NodeProto: an operator; an empty input or output name stands for an optional one left out. */
export interface OnnxNode extends OnnxMessage {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType: string;
  readonly attribute: readonly OnnxAttribute[];
  readonly docString?: Uint8Array;
  readonly domain?: string;
  readonly overload?: string;
}

/** AttributeProto: a name and one of the value fields, named by `type` (see ATTRIBUTE). */
export interface OnnxAttribute extends OnnxMessage {
  readonly name: string;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Uint8Array;
  readonly t?: OnnxTensor;
  readonly g?: OnnxGraph;
  readonly floats?: readonly number[];
  readonly ints?: readonly bigint[];
  readonly strings?: readonly Uint8Array[];
  readonly tensors?: readonly OnnxTensor[];
  readonly graphs?: readonly OnnxGraph[];
  readonly type?: number;
  readonly refAttrName?: string;
}

/** AttributeProto.AttributeType, as far as this code writes them. */
export const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** TensorProto: floatData and doubleData hold little-endian bytes, which is what the wire holds too. */
export interface OnnxTensor extends OnnxMessage {
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly segment?: OnnxMessage;
  readonly floatData?: Uint8Array;
  readonly int32Data?: readonly number[];
  readonly stringData?: readonly Uint8Array[];
  readonly int64Data?: readonly bigint[];
  readonly name?: string;
  readonly rawData?: Uint8Array;
  readonly doubleData?: Uint8Array;
  readonly uint64Data?: readonly bigint[];
  readonly docString?: Uint8Array;
  readonly externalData?: readonly OnnxMessage[];
  readonly dataLocation?: number;
}

/** ValueInfoProto: the name and type of a value. */
export interface OnnxValueInfo extends OnnxMessage {
  readonly name: string;
  readonly type?: OnnxType;
  readonly docString?: Uint8Array;
}

/** TypeProto: only tensors are looked into; the other kinds of value are kept as they are. */
export interface OnnxType extends OnnxMessage {
  readonly tensorType?: OnnxTensorType;
  readonly denotation?: string;
}

/** TypeProto.Tensor: an absent shape is an unknown rank. */
export interface OnnxTensorType extends OnnxMessage {
  readonly elemType?: number;
  readonly shape?: OnnxShape;
}

/** TensorShapeProto. */
export interface OnnxShape extends OnnxMessage {
  readonly dim: readonly OnnxDimension[];
}

/** TensorShapeProto.Dimension: a number, a symbol, or neither (unknown). */
export interface OnnxDimension extends OnnxMessage {
  readonly dimValue?: number;
  readonly dimParam?: string;
  readonly denotation?: string;
}

/** FunctionProto: an operator defined by nodes of the model itself. */
export interface OnnxFunction extends OnnxMessage {
  readonly name?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly node: readonly OnnxNode[];
  readonly domain?: string;
}
