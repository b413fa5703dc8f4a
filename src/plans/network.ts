/**
 * From a model's blocks to the planner's network and back.
 *
 * A unit is a block (its digest) or a graph input. A block with several outputs is one unit: it is charged for all its
 * outputs that other blocks read, though an upload holds only those that cloud blocks really read; `networkOf` with a
 * cut charges for exactly these, so that the prediction of a chosen cut is exact.
 */
import type {
  DecisionById,
  Network,
  Placement,
  Encoding as PlannerEncoding,
  Unit,
} from '../planner/index.js';
import {
  type BlockSpec,
  type DesiredPlan,
  type Encoding,
  Fault,
  type ImageSpec,
  type ModelDocument,
  pixelBytes,
} from '../wire/index.js';

/** Preparing a tensor from pixels in the cloud: 1 ms for 224×224×3, measured on one core of a server. */
const DECODE_MS_PER_PIXEL_BYTE = 7e-6;
/** A block without inputs that costs nothing would look like an input of the network. */
const LEAST_MS = 1e-3;

/** Measured times of blocks by digest. */
export type BlockTimes = ReadonlyMap<string, number>;

/** All that decides what units cost, beside the link. */
export interface Costs {
  readonly deviceMs: BlockTimes;
  readonly cloudMs: BlockTimes;
  /** Whether frames are pictures, so that an image input may travel as pixels. */
  readonly source: 'image' | 'tensor';
  /** Most bytes of one tensor the cloud takes; a block with more to send keeps its readers on the device. */
  readonly mostBytes: number;
}

/** Where blocks run, by digest in order, and what travels between. */
export type Cut = Pick<DesiredPlan, 'device' | 'uploads' | 'cloud'>;

const INPUT = 'input:';
const inputId = (name: string): string => `${INPUT}${name}`;

/** Digests of a model's blocks that have no time yet. */
export function blocksWithoutTime(model: ModelDocument, times: BlockTimes): string[] {
  return model.blocks.flatMap(({ digest }) => (times.has(digest) ? [] : [digest]));
}

/** The planner's network of a model; every block needs a time on both sides. With a cut, units cost what it sends. */
export function networkOf(model: ModelDocument, costs: Costs, cut?: Cut): Network {
  const graph = new TensorGraph(model);
  const sent = cut === undefined ? undefined : new Set(cut.uploads.map(({ tensor }) => tensor));
  const bytesOf = (tensors: readonly string[]): number =>
    tensors
      .filter((name) => (sent === undefined ? graph.isRead(name) : sent.has(name)))
      .reduce((sum, name) => sum + graph.bytesOf(name), 0);
  const inputs = model.inputs.map(({ name, image }): Unit => {
    const encoding = inputEncoding(image, costs.source);
    const bytes = encoding.kind === 'pixels' ? encoding.bytes : graph.bytesOf(name);
    const unit = { id: inputId(name), deviceMs: 0, cloudMs: 0, outputBytes: bytes };
    return withEncodings(unit, bytes, encoding.kind, costs.mostBytes);
  });
  const blocks = model.blocks.map(({ digest, outputs }): Unit => {
    const bytes = bytesOf(outputs);
    const deviceMs = Math.max(LEAST_MS, costs.deviceMs.get(digest) ?? 0);
    const cloudMs = Math.max(LEAST_MS, costs.cloudMs.get(digest) ?? 0);
    const unit = { id: digest, deviceMs, cloudMs, outputBytes: bytes };
    return withEncodings(unit, bytes, 'raw', costs.mostBytes);
  });
  return { units: [...inputs, ...blocks], edges: graph.edges() };
}

/** The cut a placement of the planner means; uploads are in the planner's order. */
export function cutOf(model: ModelDocument, placement: Placement, costs: Costs): Cut {
  const graph = new TensorGraph(model);
  const device = placement.device.filter((id) => !id.startsWith(INPUT));
  const onDevice = new Set(device);
  // Blocks of a model are in topological order.
  const cloud = model.blocks.filter(({ digest }) => !onDevice.has(digest));
  const readByCloud = new Set(cloud.flatMap(({ inputs }) => inputs));
  const images = new Map(model.inputs.map(({ name, image }) => [name, image]));
  const uploads = placement.uploads.flatMap(({ id }) =>
    graph.outputsOf(id).filter((tensor) => readByCloud.has(tensor)),
  );
  return {
    device,
    cloud: cloud.map(({ digest }) => digest),
    uploads: uploads.map((tensor) => {
      const encoding = inputEncoding(images.get(tensor), costs.source);
      const bytes = encoding.kind === 'pixels' ? encoding.bytes : graph.bytesOf(tensor);
      return { tensor, encoding: encoding.kind, bytes };
    }),
  };
}

/** Everything on the device. */
export function localCut(model: ModelDocument): Cut {
  return { device: model.blocks.map(({ digest }) => digest), uploads: [], cloud: [] };
}

/** Everything in the cloud. */
export function cloudCut(model: ModelDocument, costs: Costs): Cut {
  const uploads = model.inputs.map(({ name }) => ({ id: inputId(name), encoding: 'raw' }));
  return cutOf(model, { device: [], uploads, cloud: [] }, costs);
}

/** The decision a cut stands for, for the planner's simulator: the device sends inputs before it runs its first block. */
export function placementOf(model: ModelDocument, cut: Cut): DecisionById {
  const graph = new TensorGraph(model);
  const sent = new Map(
    cut.uploads.map(({ tensor, encoding }) => [graph.makerOf(tensor), encoding]),
  );
  const uploads = [...sent].map(([id, encoding]) => ({ id, encoding }));
  const sentInputs = uploads.map(({ id }) => id).filter((id) => id.startsWith(INPUT));
  const inputs = new Set([...sentInputs, ...model.inputs.map(({ name }) => inputId(name))]);
  return { device: [...inputs, ...cut.device], uploads };
}

/** Graph outputs that are made by a cut's cloud blocks: what a result holds. */
export function cloudOutputs(model: ModelDocument, cut: Pick<Cut, 'cloud'>): string[] {
  const inCloud = new Set(cut.cloud);
  const made = new Set(
    model.blocks.flatMap(({ digest, outputs }) => (inCloud.has(digest) ? outputs : [])),
  );
  return model.outputs.map(({ name }) => name).filter((name) => made.has(name));
}

function inputEncoding(
  image: ImageSpec | undefined,
  source: Costs['source'],
): { kind: 'raw' } | { kind: 'pixels'; bytes: number } {
  return image === undefined || source === 'tensor'
    ? { kind: 'raw' }
    : { kind: 'pixels', bytes: pixelBytes(image) };
}

function withEncodings(unit: Unit, bytes: number, kind: Encoding, mostBytes: number): Unit {
  const decodeMs = kind === 'pixels' ? bytes * DECODE_MS_PER_PIXEL_BYTE : 0;
  const encoding: PlannerEncoding = { name: kind, bytes, encodeMs: 0, decodeMs };
  return { ...unit, encodings: bytes > mostBytes ? [] : [encoding] };
}

/** Who makes and who reads each tensor of a model. */
class TensorGraph {
  private readonly makers = new Map<string, string>();
  private readonly readers = new Map<string, BlockSpec[]>();
  private readonly bytes: ReadonlyMap<string, number>;

  constructor(private readonly model: ModelDocument) {
    this.bytes = new Map(model.tensors.map(({ name, bytes }) => [name, bytes]));
    for (const { name } of model.inputs) this.makers.set(name, inputId(name));
    for (const block of model.blocks) {
      for (const name of block.outputs) this.makers.set(name, block.digest);
      for (const name of block.inputs) {
        this.readers.set(name, [...(this.readers.get(name) ?? []), block]);
      }
    }
  }

  /** Throws MODEL_REFUSED for a tensor without a size: the document contradicts itself. */
  bytesOf(name: string): number {
    const bytes = this.bytes.get(name);
    if (bytes === undefined) throw contradiction(this.model, `no tensor ${name} in its list`);
    return bytes;
  }

  isRead(name: string): boolean {
    return this.readers.has(name);
  }

  makerOf(name: string): string {
    const maker = this.makers.get(name);
    if (maker === undefined) throw contradiction(this.model, `nothing makes tensor ${name}`);
    return maker;
  }

  outputsOf(id: string): readonly string[] {
    if (id.startsWith(INPUT)) return [id.slice(INPUT.length)];
    return this.model.blocks.find(({ digest }) => digest === id)?.outputs ?? [];
  }

  /** One edge per pair of units, however many tensors cross. */
  edges(): [string, string][] {
    return this.model.blocks.flatMap(({ digest, inputs }) =>
      [...new Set(inputs.map((name) => this.makerOf(name)))].map((maker): [string, string] => [
        maker,
        digest,
      ]),
    );
  }
}

function contradiction(model: ModelDocument, what: string): Fault {
  return new Fault('MODEL_REFUSED', `model ${model.id} cannot be planned: ${what}`);
}
