/** Checks that a device can run a plan: blocks in a valid order, every upload computed, no block missing. */
import {
  type BlockSpec,
  cutsOf,
  type DesiredPlan,
  type Encoding,
  encodedBytes,
  Fault,
  isEncodedLength,
  isLossy,
  type ModelDocument,
} from '../../../../src/wire/index.js';

/** The encodings this agent speaks. */
export const spokenEncodings: Encoding[] = ['raw', 'pixels', 'jpeg', 'f16', 'u8'];

/** The fault of a plan that cannot be run on the model, in any of its cuts; undefined when it can. */
export function planFault(plan: DesiredPlan, model: ModelDocument): Fault | undefined {
  const cuts = cutsOf(plan);
  const unknown = plan.mix?.pattern.find((number) => number >= cuts.length);
  const why =
    unknown === undefined
      ? cuts.map((cut) => cutFault(cut, model)).find((one) => one !== undefined)
      : `the pattern names cut ${unknown}, there are ${cuts.length}`;
  return why === undefined ? undefined : new Fault('PLAN_IMPOSSIBLE', why);
}

function cutFault(plan: DesiredPlan, model: ModelDocument): string | undefined {
  const blocks = new Map(model.blocks.map((block) => [block.digest, block]));
  const placed = [...plan.device, ...plan.cloud];
  const unknown = placed.find((digest) => !blocks.has(digest));
  if (unknown !== undefined) return `block ${unknown} is not in model ${model.name}`;
  if (new Set(placed).size !== placed.length || placed.length !== blocks.size) {
    return `the plan places ${placed.length} blocks, the model has ${blocks.size}`;
  }
  const specs = (digests: readonly string[]): BlockSpec[] =>
    digests.flatMap((digest) => blocks.get(digest) ?? []);
  const onDevice = new Set(model.inputs.map(({ name }) => name));
  const early = runAll(specs(plan.device), onDevice);
  if (early !== undefined) return `device ${early}`;
  for (const upload of plan.uploads) {
    if (!onDevice.has(upload.tensor))
      return `tensor ${upload.tensor} is not computed on the device`;
    const why = uploadFault(upload, model);
    if (why !== undefined) return why;
  }
  const inCloud = new Set(plan.uploads.map(({ tensor }) => tensor));
  const late = runAll(specs(plan.cloud), inCloud);
  if (late !== undefined) return `cloud ${late}`;
  const wanted = plan.uploads.reduce((sum, { bytes }) => sum + bytes, 0);
  return wanted > plan.creditBytes
    ? `a frame uploads ${wanted} bytes, but only ${plan.creditBytes} may be in flight`
    : undefined;
}

/** Adds the outputs of blocks to the known tensors; returns the first block that comes too early. */
function runAll(blocks: readonly BlockSpec[], known: Set<string>): string | undefined {
  for (const block of blocks) {
    const missing = block.inputs.find((name) => !known.has(name));
    if (missing !== undefined) return `block ${block.name} needs ${missing} before it is there`;
    for (const name of block.outputs) known.add(name);
  }
  return undefined;
}

function uploadFault(
  { tensor, encoding, bytes }: DesiredPlan['uploads'][number],
  model: ModelDocument,
): string | undefined {
  const spec = model.tensors.find(({ name }) => name === tensor);
  const image = model.inputs.find(({ name }) => name === tensor)?.image;
  if (spec === undefined) return `tensor ${tensor} is not described by model ${model.name}`;
  if (!spokenEncodings.includes(encoding)) return `encoding ${encoding} is not spoken here`;
  const isPicture = encoding === 'pixels' || encoding === 'jpeg';
  if (isPicture && image === undefined) return `tensor ${tensor} is no picture`;
  if (isLossy(encoding) && spec.dtype !== 'float32') return `tensor ${tensor} is of ${spec.dtype}`;
  return isEncodedLength(encoding, spec, bytes)
    ? undefined
    : `tensor ${tensor} takes ${encodedBytes(encoding, spec)} bytes as ${encoding}, the plan says ${bytes}`;
}
