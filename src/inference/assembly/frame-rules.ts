/** What the chunks of a frame must look like under a plan: the only source of sizes that memory is allocated by. */
import {
  type Chunk,
  type Encoding,
  encodedBytes,
  Fault,
  type FramePlan,
  type ImageSpec,
  isEncodedLength,
  isSameType,
  type ModelDocument,
  type TensorType,
  typeText,
  withheldBy,
} from '../../wire/index.js';

/** One tensor of plan.uploads. A chunk's dtype and dims are those of the tensor itself, whatever the encoding. */
export interface TensorRule extends TensorType {
  readonly name: string;
  readonly encodings: readonly Encoding[];
  /** The policy of the model keeps it on the device. */
  readonly isWithheld?: true;
  /** How a picture becomes the tensor. */
  readonly image?: ImageSpec;
}

/**
 * What a tensor may come as that is planned under an encoding: a frame that came as a ready tensor has no pixels, one
 * that came as another picture is no JPEG, and numbers that an encoding cannot hold travel raw.
 */
const ALLOWED: Readonly<Record<Encoding, readonly Encoding[]>> = {
  raw: ['raw'],
  f16: ['f16', 'raw'],
  u8: ['u8', 'raw'],
  pixels: ['pixels', 'raw'],
  jpeg: ['jpeg', 'pixels', 'raw'],
};

export interface FrameRules {
  readonly planVersion: number;
  /** Number of the plan's cut. */
  readonly cut: number;
  readonly modelId: string;
  /** The first 16 hex digits of the model's digest. */
  readonly model: string;
  readonly tensors: readonly TensorRule[];
}

/** The least length of all chunks of a tensor but one: bounds the bookkeeping a device can cause. */
export const LEAST_CHUNK_BYTES = 1024;

/** The rules of a plan's cut for a model; throws MODEL_UNKNOWN when the plan sends a tensor the model does not have. */
export function frameRulesOf(plan: FramePlan, model: ModelDocument): FrameRules {
  const types = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
  const isWithheld = withheldBy(model);
  const images = new Map(model.inputs.map(({ name, image }) => [name, image]));
  const tensors = plan.uploads.map(({ tensor, encoding }): TensorRule => {
    const type = types.get(tensor);
    if (type === undefined) {
      throw new Fault('MODEL_UNKNOWN', `the plan sends ${tensor}, which the model does not have`);
    }
    const image = images.get(tensor);
    const rule = {
      ...{ name: tensor, dtype: type.dtype, dims: type.dims, encodings: ALLOWED[encoding] },
      ...(isWithheld(tensor) && { isWithheld: true as const }),
    };
    return image === undefined ? rule : { ...rule, image };
  });
  return {
    planVersion: plan.version,
    cut: plan.cut,
    modelId: model.id,
    model: plan.model.slice(0, 16),
    tensors,
  };
}

/**
 * The rule a chunk is under, its tensor index counted from the cut's first. Throws CHUNK_MISMATCH naming what contradicts
 * the plan, and TENSOR_WITHHELD. Allocates nothing.
 */
export function ruleFor(chunk: Chunk, rules: FrameRules): TensorRule {
  const rule = rules.tensors[chunk.tensorIndex];
  if (chunk.model !== rules.model) {
    throw mismatch(`the model is ${chunk.model}, plan ${rules.planVersion} is for ${rules.model}`);
  }
  if (rule === undefined) {
    throw mismatch(`tensor ${chunk.tensorIndex} is none of the plan's ${rules.tensors.length}`);
  }
  if (rule.isWithheld) throw withheld(`chunk refused: ${rule.name} must stay on the device`);
  if (!rule.encodings.includes(chunk.encoding)) {
    throw mismatch(
      `${rule.name} comes as ${chunk.encoding}, planned is ${rule.encodings.join(' or ')}`,
    );
  }
  if (!isSameType(chunk, rule)) {
    throw mismatch(`${rule.name} comes as ${typeText(chunk)}, planned is ${typeText(rule)}`);
  }
  if (!isEncodedLength(chunk.encoding, rule, chunk.tensorBytes)) {
    const bytes = encodedBytes(chunk.encoding, rule);
    throw mismatch(`${rule.name} has ${chunk.tensorBytes} bytes, planned are ${bytes}`);
  }
  const most = Math.max(1, Math.ceil(chunk.tensorBytes / LEAST_CHUNK_BYTES));
  if (chunk.chunkCount > most) {
    throw mismatch(`${rule.name} comes in ${chunk.chunkCount} chunks, at most ${most} are allowed`);
  }
  return rule;
}

function mismatch(why: string): Fault {
  return new Fault('CHUNK_MISMATCH', `chunk refused: ${why}`);
}

/** The fault of a tensor that the policy of its model keeps on the device. */
export function withheld(text: string): Fault {
  return new Fault('TENSOR_WITHHELD', text);
}
