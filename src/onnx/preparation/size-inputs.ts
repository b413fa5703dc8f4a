/**
 * Which inputs of an operator state sizes: the shape of its outputs depends on their contents, not only on their shapes.
 * Taken from the operator schemas of ONNX (ai.onnx, operator sets 1 to 23) and from the runtime's own operators.
 */
import type { OnnxNode } from '../format/proto.js';

/** Operators whose output is as large as their contents say, with any inputs. */
const BY_CONTENT = new Set([
  'Compress',
  'ImageDecoder',
  'NonMaxSuppression',
  'NonZero',
  'StringSplit',
  'Unique',
]);

/** Places of the inputs that state sizes; operators that are not here have none. Reductions take their axes as an input since set 13. */
const PLACES: ReadonlyMap<string, readonly number[]> = new Map([
  ['AffineGrid', [1]],
  ['BlackmanWindow', [0]],
  ['CenterCropPad', [1]],
  ['Col2Im', [1, 2]],
  ['ConstantOfShape', [0]],
  ['CropAndResize', [3]],
  ['DFT', [1, 2]],
  ['Expand', [1]],
  ['HammingWindow', [0]],
  ['HannWindow', [0]],
  ['MaxUnpool', [2]],
  ['MelWeightMatrix', [0, 1]],
  ['OneHot', [1]],
  ['Pad', [1, 3]],
  ['Range', [0, 1, 2]],
  ['Reshape', [1]],
  ['Resize', [1, 2, 3]],
  ['STFT', [1, 3]],
  ['Slice', [1, 2, 3, 4]],
  ['Split', [1]],
  ['SplitToSequence', [1]],
  ['Squeeze', [1]],
  ['Tile', [1, 2]],
  ['TopK', [1]],
  ['Unsqueeze', [1]],
  ['Upsample', [1]],
]);
const REDUCTION = /^Reduce[A-Z]/;

/** Domains of the operators of the standard, and of the runtime's own ones that obey the same rules. */
const KNOWN_DOMAINS = new Set([
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'com.microsoft',
  'com.microsoft.nchwc',
]);
/** The runtime's attention takes the lengths of its cache as numbers. */
const CACHED = /Attention$/;

/** True when an output has as many elements as the contents of the node's inputs say. */
export function isSizedByContent({ opType }: OnnxNode): boolean {
  return BY_CONTENT.has(opType);
}

/** True when the input at a place states a size. Of an operator that is not known, each input of whole numbers may. */
export function statesSize(node: OnnxNode, place: number, isWhole: boolean): boolean {
  const { opType, domain = '' } = node;
  const places = PLACES.get(opType);
  if (places !== undefined) return places.includes(place);
  if (REDUCTION.test(opType)) return place === 1;
  const isKnown = KNOWN_DOMAINS.has(domain) && !(domain !== '' && CACHED.test(opType));
  return !isKnown && place > 0 && isWhole;
}
