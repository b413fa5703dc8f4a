/** A reference network split into one block per unit, with its document and an unsplit session to compare with. */
import { createHash } from 'node:crypto';
import type { PreparedModel } from '../../../src/models/examination/inputs/prepared-model.js';
import {
  blocksOf,
  type DeviceSet,
  deviceSetsOf,
  extractModel,
  normalizeModel,
  type OnnxModel,
  referenceNetworks,
  serializeModel,
  type UnitGraph,
  unitsOf,
  withAllOutputs,
} from '../../../src/onnx/index.js';
import { openSession, type Session } from '../../../src/runtime/index.js';
import {
  type DesiredPlan,
  elementBytes,
  elementCount,
  imageDims,
  type ModelDocument,
  modelManifest,
  type Tensor,
} from '../../../src/wire/index.js';

export interface SplitModel {
  readonly document: ModelDocument;
  readonly blocks: ReadonlyMap<string, Uint8Array>;
  /** The whole network, not split. */
  readonly whole: Session;
}

/** Splits a reference network at every unit, or at the given device sets; `version` is that of the document. */
export async function splitModel(
  name: string,
  version = 1,
  setsOf: (graph: UnitGraph) => Iterable<DeviceSet> = deviceSetsOf,
): Promise<SplitModel> {
  const network = referenceNetworks.find((one) => one.name === name);
  if (network === undefined) throw new Error(`there is no reference network ${name}`);
  const model = normalizeModel(network.build());
  const manifest = modelManifest.parse(network.manifest);
  const bytes = serializeModel(model);
  const inputs = manifest.inputs.map(({ name: input = '', image }) => {
    if (image === undefined) throw new Error(`${name} has an input that is no picture`);
    return [input, seeded({ dtype: 'float32', dims: imageDims(image) })] as const;
  });
  const tensors = await measure(model, new Map(inputs));
  const graph = unitsOf(model);
  const blocks = blocksOf(graph, setsOf(graph)).map((block, i) => {
    const part = serializeModel(extractModel(model, block.nodes, { ...block, tensors }));
    const spec = {
      digest: sha256(part),
      name: `block ${i}`,
      bytes: part.length,
      inputs: [...block.inputs],
      outputs: [...block.outputs],
    };
    return { spec, part };
  });
  return {
    whole: await openSession(bytes),
    blocks: new Map(blocks.map(({ spec, part }) => [spec.digest, part])),
    document: {
      id: name,
      name,
      version,
      digest: sha256(bytes),
      inputs: manifest.inputs.map(({ name: input = '', image }) => ({
        name: input,
        ...(image && { image }),
      })),
      outputs: manifest.outputs.map(({ name: output = '', kind, labels }) => ({
        name: output,
        kind,
        ...(labels && { labels }),
      })),
      tensors: [...tensors].map(([tensor, { dtype, dims }]) => ({
        name: tensor,
        dtype,
        dims: [...dims],
        bytes: elementCount(dims) * elementBytes(dtype),
      })),
      blocks: blocks.map(({ spec }) => spec),
    },
  };
}

/** A network that the examination has prepared, split at every cut; `name` is that of its document. */
export async function splitPrepared(prepared: PreparedModel, name: string): Promise<SplitModel> {
  const { model, units, values: tensors, varying, inputs, outputs } = prepared;
  const parts = blocksOf(units, deviceSetsOf(units)).map((block, i) => {
    const part = serializeModel(extractModel(model, block.nodes, { ...block, tensors, varying }));
    const ends = { inputs: [...block.inputs], outputs: [...block.outputs] };
    return {
      spec: { digest: sha256(part), name: `block ${i}`, bytes: part.length, ...ends },
      part,
    };
  });
  const whole = serializeModel(model);
  return {
    whole: await openSession(whole),
    blocks: new Map(parts.map(({ spec, part }) => [spec.digest, part])),
    document: {
      ...{ id: name, name, version: 1, digest: sha256(whole), inputs, outputs },
      tensors: [...tensors].map(([tensor, { dtype, dims }]) => ({
        ...{ name: tensor, dtype, dims: [...dims] },
        bytes: elementCount(dims) * elementBytes(dtype),
        ...(varying.has(tensor) && { sizeVaries: true as const }),
      })),
      blocks: parts.map(({ spec }) => spec),
    },
  };
}

/** A float tensor of repeatable noise. */
export function seeded({ dims }: { dtype: 'float32'; dims: readonly number[] }): Tensor {
  const values = Float32Array.from({ length: elementCount(dims) }, (_, i) => Math.sin(i * 12.9898));
  return { dtype: 'float32', dims, data: new Uint8Array(values.buffer) };
}

async function measure(
  model: OnnxModel,
  inputs: ReadonlyMap<string, Tensor>,
): Promise<Map<string, Tensor>> {
  const session = await openSession(serializeModel(withAllOutputs(model)));
  const measured = await session.run(inputs);
  await session.release();
  return new Map([...inputs, ...measured]);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The first blocks on the device, the others in the cloud; pictures travel as pixels. */
export function planOf(
  { document }: SplitModel,
  version: number,
  blocksOnDevice: number,
): DesiredPlan {
  const device = document.blocks.slice(0, blocksOnDevice);
  const cloud = document.blocks.slice(blocksOnDevice);
  const onDevice = new Set([
    ...document.inputs.map(({ name }) => name),
    ...device.flatMap(({ outputs }) => outputs),
  ]);
  const read = [...new Set(cloud.flatMap(({ inputs }) => inputs))].filter((name) =>
    onDevice.has(name),
  );
  const uploads = read.map((tensor) => {
    const bytes = document.tensors.find(({ name }) => name === tensor)?.bytes ?? 0;
    const isImage = document.inputs.some(({ name, image }) => name === tensor && image);
    return isImage
      ? { tensor, encoding: 'pixels' as const, bytes: bytes / 4 }
      : { tensor, encoding: 'raw' as const, bytes };
  });
  const zero = { deviceMs: 0, encodeMs: 0, uplinkMs: 0, queueMs: 0, cloudMs: 0, downlinkMs: 0 };
  return {
    ...{ v: 1, version, at: new Date().toISOString(), cause: { code: 'first', text: 'a test' } },
    model: document.digest,
    device: device.map(({ digest }) => digest),
    cloud: cloud.map(({ digest }) => digest),
    uploads,
    ...{ deadlineMs: 3000, creditBytes: 1 << 20, chunkBytes: 4096 },
    link: { uplinkMsPerByte: 0.001, rttMs: 1, ageMs: 0, confidence: 0, samples: 0 },
    predicted: { ...zero, totalMs: 10 },
    alternatives: [],
  };
}
