/**
 * From a model's blocks to the planner's network and back.
 *
 * A unit is a block (its digest) or a graph input. A block with several outputs is one unit: it is charged for all its
 * outputs that other blocks read, though an upload holds only those that cloud blocks really read; `networkOf` with a
 * cut charges for exactly these, so that the prediction of a chosen cut is exact.
 */
import type { DecisionById, Encoding, Network, Placement, Unit } from '../../planner/index.js';
import {
  type BlockSpec,
  type DesiredPlan,
  Fault,
  isLossy,
  type ModelDocument,
  type TensorSpec,
  withheldBy,
} from '../../wire/index.js';
import { NO_OVERHEADS, type Overheads } from './overheads.js';
import { type EncodingCosts, rankOf, type Way, wayFor, waysOf } from './ways.js';

/** A block without inputs that costs nothing would look like an input of the network. */
const LEAST_MS = 1e-3;

/** Measured times of blocks by digest. */
export type BlockTimes = ReadonlyMap<string, number>;

/** All that decides what a frame costs, without the link. */
export interface Costs extends EncodingCosts {
  readonly deviceMs: BlockTimes;
  readonly cloudMs: BlockTimes;
  /** Max bytes of one tensor the cloud accepts; a block with more to send keeps its readers on the device. */
  readonly maxBytes: number;
  /** Absent before anything was measured. */
  readonly overheads?: Overheads;
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
  const { handOverMs } = costs.overheads ?? NO_OVERHEADS;
  const sent = cut === undefined ? undefined : new Set(cut.uploads.map(({ tensor }) => tensor));
  const encodingsOf = (tensors: readonly string[]): Encoding[] => {
    const charged = tensors.filter((name) => sent?.has(name) ?? graph.isRead(name));
    return unitEncodings(charged.map((name) => graph.waysOf(name, costs))).filter(
      ({ bytes }) => bytes <= costs.maxBytes,
    );
  };
  const unit = (
    id: string,
    tensors: readonly string[],
    deviceMs: number,
    cloudMs: number,
  ): Unit => ({
    ...{ id, deviceMs, cloudMs, outputBytes: 0 },
    encodings: encodingsOf(tensors),
  });
  const inputs = model.inputs.map(({ name }) => unit(inputId(name), [name], 0, 0));
  const blocks = model.blocks.map(({ digest, outputs, bytes }) => {
    const deviceMs = Math.max(LEAST_MS, (costs.deviceMs.get(digest) ?? 0) + handOverMs);
    const cloudMs = Math.max(LEAST_MS, costs.cloudMs.get(digest) ?? 0);
    return { ...unit(digest, outputs, deviceMs, cloudMs), memoryBytes: bytes };
  });
  return { units: [...inputs, ...blocks], edges: graph.edges() };
}

/**
 * How a unit's tensors may travel together: one entry for every encoding that one of them has, none when one of them must
 * stay on the device.
 */
function unitEncodings(tensors: readonly (readonly Way[])[]): Encoding[] {
  if (tensors.length === 0) return [{ name: 'raw', bytes: 0, encodeMs: 0, decodeMs: 0 }];
  if (tensors.some((ways) => ways.length === 0)) return [];
  const names = new Set(tensors.flatMap((ways) => ways.map(({ encoding }) => encoding)));
  return [...names].map((name) => {
    const ways = tensors.flatMap((of) => wayFor(of, name) ?? []);
    const sum = (amount: (way: Way) => number): number =>
      ways.reduce((total, way) => total + amount(way), 0);
    return {
      name,
      bytes: sum(({ bytes }) => bytes),
      encodeMs: sum(({ encodeMs }) => encodeMs),
      decodeMs: sum(({ decodeMs }) => decodeMs),
    };
  });
}

/** Device time that a cut's uploads take to encode. */
export function encodeMsOf(model: ModelDocument, cut: Cut, costs: Costs): number {
  const graph = new TensorGraph(model);
  return cut.uploads.reduce((sum, { tensor, encoding }) => {
    const way = graph.waysOf(tensor, costs).find((one) => one.encoding === encoding);
    return sum + (way?.encodeMs ?? 0);
  }, 0);
}

/** The cut a placement of the planner means; uploads are in the planner's order. */
export function cutOf(model: ModelDocument, placement: Placement, costs: Costs): Cut {
  const graph = new TensorGraph(model);
  const device = placement.device.filter((id) => !id.startsWith(INPUT));
  const onDevice = new Set(device);
  // Blocks of a model are in topological order.
  const cloud = model.blocks.filter(({ digest }) => !onDevice.has(digest));
  const readByCloud = new Set(cloud.flatMap(({ inputs }) => inputs));
  const uploads = placement.uploads.flatMap(({ id, encoding: name }) =>
    graph
      .outputsOf(id)
      .filter((tensor) => readByCloud.has(tensor))
      .flatMap((tensor) => {
        const way = wayFor(graph.waysOf(tensor, costs), name);
        return way === undefined ? [] : [{ tensor, encoding: way.encoding, bytes: way.bytes }];
      }),
  );
  return {
    device,
    cloud: cloud.map(({ digest }) => digest),
    uploads,
  };
}

/** Everything on the device. */
export function localCut(model: ModelDocument): Cut {
  return { device: model.blocks.map(({ digest }) => digest), uploads: [], cloud: [] };
}

/** The decision a cut stands for, for the planner's simulator: the device sends inputs before it runs its first block. */
export function placementOf(model: ModelDocument, cut: Cut): DecisionById {
  const graph = new TensorGraph(model);
  // Of a unit's tensors the least precise encoding is the unit's.
  const sent = new Map<string, string>();
  for (const { tensor, encoding } of cut.uploads) {
    const maker = graph.makerOf(tensor);
    if (rankOf(encoding) >= rankOf(sent.get(maker) ?? '')) sent.set(maker, encoding);
  }
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

/** The maker and the readers of each tensor of a model. */
class TensorGraph {
  private readonly makers = new Map<string, string>();
  private readonly readers = new Map<string, BlockSpec[]>();
  private readonly tensors: ReadonlyMap<string, TensorSpec>;
  private readonly isWithheld: (tensor: string) => boolean;

  constructor(private readonly model: ModelDocument) {
    this.tensors = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
    this.isWithheld = withheldBy(model);
    for (const { name } of model.inputs) this.makers.set(name, inputId(name));
    for (const block of model.blocks) {
      for (const name of block.outputs) this.makers.set(name, block.digest);
      for (const name of block.inputs) {
        this.readers.set(name, [...(this.readers.get(name) ?? []), block]);
      }
    }
  }

  /** How a tensor may travel, in no way when it must stay on the device. Throws MODEL_REFUSED for one that is not listed: the document contradicts itself. */
  waysOf(name: string, costs: Costs): Way[] {
    if (this.isWithheld(name)) return [];
    const { encodeMs } = costs.overheads ?? NO_OVERHEADS;
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw contradiction(this.model, `no tensor ${name} in its list`);
    const image = this.model.inputs.find((input) => input.name === name)?.image;
    return waysOf(tensor, image, costs).map((way) =>
      isLossy(way.encoding) ? { ...way, encodeMs: way.encodeMs + encodeMs } : way,
    );
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
