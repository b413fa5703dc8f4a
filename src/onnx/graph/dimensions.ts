/** Symbolic dimensions of the inputs become numbers: shapes, costs and plans are made for one size. */
import { dtypeOf } from '../../wire/index.js';
import type { OnnxDimension, OnnxGraph, OnnxValueInfo } from '../format/proto.js';
import { refused } from './support.js';

/** Numbers for symbolic dimensions, by symbol (`height`) or by place (`image[2]`). */
export type Bindings = Readonly<Record<string, number>>;

const BATCH = /^(n|batch|batch_?size|none|unk__\d+|\?)$/i;

/**
 * The inputs with every dimension a number. The batch (first of two or more dimensions) is 1 unless bound.
 * Throws MODEL_REFUSED for an unknown dimension and for a binding that names none.
 */
export function bindInputs(graph: OnnxGraph, bindings: Bindings): OnnxValueInfo[] {
  const used = new Set<string>();
  const inputs = graph.input.map((input) => bindInput(input, bindings, used));
  const lost = Object.keys(bindings).find((name) => !used.has(name));
  if (lost !== undefined) {
    const symbols = graph.input.flatMap(symbolsOf).join(', ') || 'none';
    throw refused(`'${lost}' names no symbolic dimension of an input; there are: ${symbols}`);
  }
  return inputs;
}

function bindInput(input: OnnxValueInfo, bindings: Bindings, used: Set<string>): OnnxValueInfo {
  const tensorType = input.type?.tensorType;
  if (tensorType === undefined) throw refused(`input '${input.name}' is no tensor`);
  if (dtypeOf(tensorType.elemType ?? 0) === undefined) {
    throw refused(
      `input '${input.name}' has element type ${tensorType.elemType ?? 0}, which cannot be sent`,
    );
  }
  const declared = tensorType.shape?.dim ?? dimsBoundTo(input.name, bindings);
  const rank = declared.length;
  const dim = declared.map((one, at) => ({
    dimValue: sizeOf(one, { input: input.name, at, rank }, bindings, used),
  }));
  return { name: input.name, type: { tensorType: { ...tensorType, shape: { dim } } } };
}

/** Of an input that declares no shape: as many open dimensions as are bound. */
function dimsBoundTo(name: string, bindings: Bindings): OnnxDimension[] {
  let rank = 0;
  while (bindings[`${name}[${rank}]`] !== undefined) rank += 1;
  if (rank === 0) {
    throw refused(
      `input '${name}' declares no shape; give its size in the manifest (inputs[].dims)`,
    );
  }
  return Array.from({ length: rank }, () => ({}));
}

interface Place {
  readonly input: string;
  readonly at: number;
  readonly rank: number;
}

function sizeOf(
  dimension: OnnxDimension,
  place: Place,
  bindings: Bindings,
  used: Set<string>,
): number {
  const { dimValue, dimParam } = dimension;
  if (isKnown(dimension)) return dimValue ?? 0;
  const { input, at, rank } = place;
  for (const key of [`${input}[${at}]`, dimParam]) {
    const size = key === undefined ? undefined : bindings[key];
    if (key === undefined || size === undefined) continue;
    if (!Number.isSafeInteger(size) || size < 1) {
      throw refused(`dimension '${key}' is bound to ${size}, but must be a whole number from 1`);
    }
    used.add(key);
    return size;
  }
  if ((at === 0 && rank > 1) || (dimParam !== undefined && BATCH.test(dimParam))) return 1;
  const name = dimParam ? `'${dimParam}'` : 'without a name';
  throw refused(
    `dimension ${at} (${name}) of input '${input}' is not fixed; give its size in the manifest (inputs[].dims)`,
  );
}

/** Some exporters write 0 or -1 for "any size". */
function isKnown({ dimValue, dimParam }: OnnxDimension): boolean {
  return !dimParam && dimValue !== undefined && dimValue > 0;
}

function symbolsOf({ name, type }: OnnxValueInfo): string[] {
  return (type?.tensorType?.shape?.dim ?? []).flatMap((dimension, at) =>
    isKnown(dimension) ? [] : [dimension.dimParam || `${name}[${at}]`],
  );
}
