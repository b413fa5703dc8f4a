/**
 * How far two right computations of a tensor may lie apart, however small its own values are. A sum of float32 terms is
 * only as exact as its largest term (N. Higham, Accuracy and Stability of Numerical Algorithms, section 4.2), and a
 * saturating function is computed to an absolute error of its range. So a tensor whose values almost cancel, or are almost
 * zero behind a sigmoid, cannot be compared by a part of its largest value alone.
 */
import { indexGraph, type OnnxModel, type OnnxNode, tensorOf } from '../../../onnx/index.js';
import { elementBytes, numberAt, type Tensor } from '../../../wire/index.js';

/** Units in the last place of the largest term by which two orders of one sum may differ. */
const FLOOR_ULPS = 4;
const ULP = 2 ** -23;

/** Functions with a range of about one. */
const SATURATING = new Set('Cos Erf HardSigmoid Sigmoid Sin Softmax Softsign Tanh'.split(' '));
/** Sums over products of inputs: no term is larger than the product of the largest factors. */
const PRODUCTS = new Set(
  `Conv ConvTranspose Einsum FusedConv FusedGemm FusedMatMul Gemm MatMul Mul`.split(/\s+/),
);
/** Sums of their inputs, and means of them. */
const SUMS = new Set(
  `Add AveragePool BatchNormalization CumSum GlobalAveragePool LogSoftmax Mean ReduceLogSumExp ReduceMean ReduceSum
   Resize Sub Sum Upsample`.split(/\s+/),
);
/** Values that are handed on: their rounding is that of where they come from. */
const HANDED_ON = new Set(
  `Clip Concat Expand Flatten Gather Identity MaxPool Max Min Pad Relu Reshape Slice Split Squeeze Tile Transpose
   Unsqueeze`.split(/\s+/),
);

type Values = ReadonlyMap<string, Tensor>;

/** Answers for the values of one run of a model in normal form. Scales are found when they are asked for. */
export class Rounding {
  private readonly scales = new Map<string, number>();
  private readonly weights: ReadonlyMap<string, () => Tensor>;
  private readonly producerOf: ReadonlyMap<string, number>;

  constructor(
    private readonly model: OnnxModel,
    private readonly values: Values,
  ) {
    this.weights = new Map(
      model.graph.initializer.map((one) => [one.name ?? '', () => tensorOf(one)]),
    );
    this.producerOf = indexGraph(model.graph).producerOf;
  }

  /** The absolute difference that says nothing; 0 for values that are not float32. */
  floorOf(name: string): number {
    return this.values.get(name)?.dtype === 'float32' ? FLOOR_ULPS * ULP * this.scaleOf(name) : 0;
  }

  /** True when every value lies below the floor, so that any values that small would pass. */
  isBelowFloor(name: string): boolean {
    const largest = this.largestOf(name);
    return largest > 0 && largest <= this.floorOf(name);
  }

  /** The magnitude of the largest term that was added for a value. */
  private scaleOf(name: string): number {
    const known = this.scales.get(name);
    if (known !== undefined) return known;
    const node = this.model.graph.node[this.producerOf.get(name) ?? -1];
    const scale = Math.max(this.largestOf(name), node === undefined ? 0 : this.scaleBy(node));
    this.scales.set(name, scale);
    return scale;
  }

  private scaleBy({ opType, input }: OnnxNode): number {
    const read = input.filter((name) => name !== '');
    if (SATURATING.has(opType)) return 1;
    if (PRODUCTS.has(opType)) {
      const [a = 0, b = 0, bias = 0] = read.map((name) => this.largestOf(name));
      return Math.max(a * b, bias);
    }
    const isSum = SUMS.has(opType);
    if (!isSum && !HANDED_ON.has(opType)) return 0;
    const factors = isSum ? read : read.filter((name) => !this.weights.has(name));
    return factors.reduce((largest, name) => Math.max(largest, this.scaleOf(name)), 0);
  }

  private largestOf(name: string): number {
    const tensor = this.values.get(name) ?? this.weights.get(name)?.();
    return tensor === undefined ? 0 : largestMagnitude(tensor);
  }
}

/** The largest magnitude of a finite element. */
function largestMagnitude({ dtype, data }: Tensor): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [read, step] = [numberAt[dtype], elementBytes(dtype)];
  let largest = 0;
  for (let at = 0; at < data.byteLength; at += step) {
    const size = Math.abs(read(view, at));
    if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
  }
  return largest;
}
