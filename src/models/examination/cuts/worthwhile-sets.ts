/**
 * Device sets worth a block boundary. Every further session costs time, so blocks are cut only where some device on
 * some link would cut: a set that takes more device time *and* sends more bytes than another is never chosen while
 * nothing overlaps, whatever the rate and however slow the device (as long as it is not faster than the cloud). Sets
 * that win by overlap, with several tensors under way, are the planner's own answers on a grid of rates and slow-downs.
 */
import { countIdeals, deviceSetsOf, type UnitGraph } from '../../../onnx/index.js';
import { type Network, solve, type Unit } from '../../../planner/index.js';
import { pixelBytes, tensorBytes } from '../../../wire/index.js';
import type { PreparedModel } from '../inputs/prepared-model.js';

/** Max sets considered; those along the topological order come first. */
const MAX_SETS = 20_000;
/** A set must send this much less than every set that takes less device time. */
const WORTHWHILE_SHARE = 0.9;
/** Networks with more ideals are not planned on the grid: only sets by bytes and time are used. */
const MAX_IDEALS_PLANNED = 600;
/** 0.1–100 Mbps, evenly by ratio. */
const RATES_MBPS = Array.from({ length: 10 }, (_, i) => 0.1 * 1000 ** (i / 9));
/** How many times slower than this machine a device may be. */
const SLOWDOWNS = [2, 6, 20];

/** What decides which sets are worth a boundary. */
export interface CutTraits {
  /** Time of every unit on this machine, by id. */
  readonly unitMs: ReadonlyMap<string, number>;
  /** True for a tensor that the policy of the model keeps on the device. */
  readonly isWithheld: (tensor: string) => boolean;
}

/** Ids of the units on the device, each different set once, nothing and everything among them. */
export function worthwhileSets(
  prepared: PreparedModel,
  traits: CutTraits,
  progress: (done: number) => void,
): string[][] {
  const ids = prepared.units.units.map(({ id }) => id);
  const found = [[], ids];
  const sources = [bytesSent(prepared, 'raw', traits), bytesSent(prepared, 'pixels', traits)];
  for (const sent of sources) found.push(...undominatedSets(prepared.units, traits.unitMs, sent));
  for (const [i, slowdown] of SLOWDOWNS.entries()) {
    progress(i / SLOWDOWNS.length);
    if (countIdeals(prepared.units, MAX_IDEALS_PLANNED) === MAX_IDEALS_PLANNED) break;
    found.push(...plannedSets(prepared, networkOf(prepared, traits, slowdown)));
  }
  return [...new Map(found.map((set) => [set.join(), set])).values()];
}

/** Bytes of every value as it would be sent; infinite for one that must not be. */
type BytesSent = ReadonlyMap<string, number>;

function bytesSent(
  { values, inputs }: PreparedModel,
  pictures: 'raw' | 'pixels',
  { isWithheld }: CutTraits,
): BytesSent {
  const bytes = new Map([...values].map(([name, tensor]) => [name, tensorBytes(tensor)]));
  for (const { name, image } of inputs) {
    if (image !== undefined && pictures === 'pixels') bytes.set(name, pixelBytes(image));
  }
  for (const name of bytes.keys()) {
    if (isWithheld(name)) bytes.set(name, Number.POSITIVE_INFINITY);
  }
  return bytes;
}

/** By rising device time, the sets that send clearly less than all before them, and nothing infinite. O(sets × units) */
export function undominatedSets(
  units: UnitGraph,
  deviceMs: ReadonlyMap<string, number>,
  sent: BytesSent,
): string[][] {
  const byTime = [...deviceSetsOf(units, { limit: MAX_SETS })]
    .map((set) => ({
      set: [...set],
      ms: set.reduce((sum, id) => sum + (deviceMs.get(id) ?? 0), 0),
      bytes: crossingBytes(units, new Set(set), sent),
    }))
    .sort((a, b) => a.ms - b.ms || a.bytes - b.bytes);
  let least = Number.POSITIVE_INFINITY;
  return byTime.flatMap(({ set, bytes }) => {
    if (bytes > WORTHWHILE_SHARE * least || bytes === Number.POSITIVE_INFINITY) return [];
    least = bytes;
    return [set];
  });
}

/** Bytes of the values that the other side reads, each once. */
function crossingBytes(
  { units, inputs }: UnitGraph,
  device: ReadonlySet<string>,
  sent: BytesSent,
): number {
  const made = new Set(inputs);
  const read = new Set<string>();
  for (const unit of units) {
    if (device.has(unit.id)) for (const value of unit.outputs) made.add(value);
    else for (const value of unit.inputs) read.add(value);
  }
  let bytes = 0;
  for (const value of read) if (made.has(value)) bytes += sent.get(value) ?? 0;
  return bytes;
}

function plannedSets({ units }: PreparedModel, network: Network): string[][] {
  return RATES_MBPS.flatMap((uplinkMbps) => {
    const link = { uplinkMbps, latencyMs: 0, perTensorMs: 0, resultBytes: 0, downlinkMbps: 1 };
    const outcome = solve({ network, link });
    if (outcome.kind === 'infeasible') return [];
    const device = new Set(outcome.schedule.device);
    return [units.units.map(({ id }) => id).filter((id) => device.has(id))];
  });
}

/** The units as the planner sees them, with one more unit per input of the model. */
function networkOf(prepared: PreparedModel, traits: CutTraits, slowdown: number): Network {
  const { units } = prepared;
  const sent = bytesSent(prepared, 'pixels', traits);
  const unitOf = (id: string, ms: number, tensors: readonly string[]): Unit => {
    const outputBytes = tensors.reduce((sum, name) => sum + (sent.get(name) ?? 0), 0);
    const unit = { id, deviceMs: ms * slowdown, cloudMs: ms };
    return outputBytes === Number.POSITIVE_INFINITY
      ? { ...unit, outputBytes: 0, encodings: [] }
      : { ...unit, outputBytes };
  };
  const inputId = (name: string): string => `input ${name}`;
  const sources = units.inputs.map((name) => unitOf(inputId(name), 0, [name]));
  const computing = units.units.map(({ id, outputs }) =>
    unitOf(id, traits.unitMs.get(id) ?? 0, outputs),
  );
  const names = new Set(units.inputs);
  const fromInputs = units.units.flatMap((unit) =>
    unit.inputs.filter((name) => names.has(name)).map((name) => [inputId(name), unit.id] as const),
  );
  const between = units.edges.map(({ from, to }) => [from, to] as const);
  return { units: [...sources, ...computing], edges: [...fromInputs, ...between] };
}
