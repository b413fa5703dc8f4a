/**
 * Values of a network that still show its inputs. A transposed, scaled, cropped or pooled picture is a picture; only an
 * operator that sums over many numbers, with weights, makes features of it. An operator that is not known to do so ends
 * nothing: the answer errs on the side of too many values.
 */
import type { OnnxModel, OnnxNode } from '../format/proto.js';
import { readsOf, topologicalOrder, writesOf } from './graph.js';

/** Matrix products and recurrent layers: every number they make depends on a whole row. */
const PRODUCTS = new Set(
  `Attention FusedGemm FusedMatMul GRU Gemm LSTM MatMul MatMulInteger MatMulNBits MultiHeadAttention
   QLinearMatMul RNN`.split(/\s+/),
);

/** Products of matrices, with the places of their factors among the inputs. */
const FACTORS: ReadonlyMap<string, readonly number[]> = new Map([
  ['FusedGemm', [0, 1]],
  ['FusedMatMul', [0, 1]],
  ['Gemm', [0, 1]],
  ['MatMul', [0, 1]],
  ['MatMulInteger', [0, 1]],
  ['QLinearMatMul', [0, 3]],
]);
/** A product over no more numbers than a pixel has is a colour transform. */
const MAX_CHANNELS = 4;

/** Convolutions, with the place of their weights among the inputs. They end a form only with kernels larger than one pixel. */
const CONVOLUTIONS: ReadonlyMap<string, number> = new Map([
  ['Conv', 1],
  ['ConvInteger', 1],
  ['ConvTranspose', 1],
  ['DeformConv', 1],
  ['FusedConv', 1],
  ['QLinearConv', 3],
]);

/**
 * The inputs of a model, and every value that an input leads to by a path without a convolution or a matrix product.
 * A kernel of unknown size counts as a single pixel. O(nodes + edges) for a sorted graph.
 */
export function inputForms({ graph }: OnnxModel): Set<string> {
  const forms = new Set(graph.input.map(({ name }) => name));
  const dims = new Map(graph.initializer.map(({ name = '', dims: of }) => [name, of]));
  for (const place of topologicalOrder(graph)) {
    const node = graph.node[place];
    if (node === undefined || makesFeatures(node, dims)) continue;
    if (!readsOf(node).some((value) => forms.has(value))) continue;
    for (const value of writesOf(node)) forms.add(value);
  }
  return forms;
}

function makesFeatures(node: OnnxNode, dims: ReadonlyMap<string, readonly number[]>): boolean {
  const { opType, input, attribute } = node;
  if (PRODUCTS.has(opType)) return !mayMixColours(node, dims);
  const weights = CONVOLUTIONS.get(opType);
  if (weights === undefined) return false;
  // [maps out, maps in a group, …kernel]
  const kernel = dims.get(input[weights] ?? '')?.slice(2);
  const stated = attribute.find(({ name }) => name === 'kernel_shape')?.ints?.map(Number);
  return (kernel ?? stated ?? []).some((size) => size > 1);
}

/** True for a product with constant weights that are narrow: no factor of unknown size counts as one. */
function mayMixColours(
  { opType, input }: OnnxNode,
  dims: ReadonlyMap<string, readonly number[]>,
): boolean {
  const places = FACTORS.get(opType) ?? [];
  return places.some((place) => {
    const lastDims = dims.get(input[place] ?? '')?.slice(-2) ?? [];
    return Math.min(...lastDims) <= MAX_CHANNELS;
  });
}
