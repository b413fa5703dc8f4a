/**
 * Checks a cut by running it. The units on each side become sub-models, and the tail reads what the head makes. Outputs and
 * crossing tensors are compared with those of the whole network: with uniform outputs alone any split would look right.
 */
import { blocksOf, deviceSetsOf, withOutputs } from '../../../onnx/index.js';
import { elementBytes, Fault, type Tensor, tensorBytes } from '../../../wire/index.js';
import { type Difference, largestDifference, TOLERATED_REL } from '../accuracy/difference.js';
import { Rounding } from '../accuracy/rounding.js';
import { type PreparedModel, runOnce } from '../inputs/prepared-model.js';
import { PartRuns } from './part-runs.js';
import { SharedCores } from './shared-cores.js';

/** Max device sets of a check. */
const MAX_CUTS = 20_000;
/** With more cuts, common parts run once (see shared-cores.ts). */
const MAX_CUTS_ALONE = 100;

export interface CheckedCut {
  /** Names of the units on the device. */
  readonly device: readonly string[];
  /** Tensors that cross, and their bytes in all. */
  readonly tensors: readonly string[];
  readonly bytes: number;
  /** Largest difference of an output from that of the whole network; the relative one is to the largest value of the output. */
  readonly maxAbsDiff: number;
  readonly maxRelDiff: number;
  /** Largest relative difference of a tensor that crosses from the same one in a run of the whole network. */
  readonly tensorRelDiff: number;
}

/** True when the cut gives the numbers of the whole network, up to rounding. */
export function isLossless({ maxRelDiff, tensorRelDiff }: CheckedCut): boolean {
  return maxRelDiff <= TOLERATED_REL && tensorRelDiff <= TOLERATED_REL;
}

/** A network with all its candidate cuts. */
export class CutCheck {
  private readonly cores: SharedCores | undefined;
  private readonly runs: PartRuns;
  private readonly rounding: Rounding;

  private constructor(
    private readonly prepared: PreparedModel,
    private readonly whole: ReadonlyMap<string, Tensor>,
    private readonly threads: number,
    readonly deviceSets: readonly (readonly string[])[],
  ) {
    const isShared = deviceSets.length > MAX_CUTS_ALONE;
    this.cores = isShared ? new SharedCores(prepared.units) : undefined;
    this.runs = new PartRuns(prepared, threads, isShared);
    this.rounding = new Rounding(prepared.model, prepared.values);
  }

  /** Runs the whole network and lists its cuts; throws MODEL_TOO_COSTLY when there are too many. */
  static async open(prepared: PreparedModel, threads: number): Promise<CutCheck> {
    const deviceSets = [...deviceSetsOf(prepared.units, { limit: MAX_CUTS + 1 })];
    if (deviceSets.length > MAX_CUTS) {
      const units = prepared.units.units.length;
      const text = `its ${units} units have more than ${MAX_CUTS} cuts, the limit of a check`;
      throw new Fault('MODEL_TOO_COSTLY', text);
    }
    const whole = await runOnce(prepared.model, prepared.feeds, threads);
    return new CutCheck(prepared, whole, threads, deviceSets);
  }

  /** Number of tensors with a single value and of outputs within rounding of zero: there a wrong split would look right. */
  get uniformTensors(): number {
    const { units, values } = this.prepared;
    const made = new Set(units.units.flatMap(({ outputs }) => outputs));
    const isSilent = (name: string, tensor: Tensor) =>
      isUniform(tensor) || (this.whole.has(name) && this.rounding.isBelowFloor(name));
    return [...values].filter(([name, tensor]) => made.has(name) && isSilent(name, tensor)).length;
  }

  /** Builds and runs both sides of one cut, each connected part as one session. */
  async check(deviceSet: readonly string[]): Promise<CheckedCut> {
    const { units, feeds } = this.prepared;
    const tensors = new Map(feeds);
    const boundaries = this.cores?.around(deviceSet) ?? [deviceSet];
    for (const part of blocksOf(units, boundaries)) {
      for (const [name, tensor] of await this.runs.run(part, tensors)) tensors.set(name, tensor);
    }
    const crossing = this.crossingTensors(new Set(deviceSet));
    const outputs = largestDifference(tensors, this.whole, this.rounding);
    let between = largestDifference(tensors, crossing, this.rounding);
    if (between.rel > TOLERATED_REL) {
      between = largestDifference(tensors, await this.asHandedOut(crossing), this.rounding);
    }
    return this.describe(deviceSet, crossing, outputs, between);
  }

  /** The tensors from device to cloud, as measured in the run of the whole network. */
  private crossingTensors(device: ReadonlySet<string>): Map<string, Tensor> {
    const { units, values } = this.prepared;
    const onDevice = units.units.filter(({ id }) => device.has(id));
    const made = new Set([...units.inputs, ...onDevice.flatMap(({ outputs }) => outputs)]);
    const read = new Set(
      units.units.filter(({ id }) => !device.has(id)).flatMap(({ inputs }) => inputs),
    );
    return new Map([...values].filter(([name]) => made.has(name) && read.has(name)));
  }

  /**
   * Tensors that cross, as the whole network makes them when it hands out these alone. A run that hands out every value
   * keeps the runtime from fusing a quantised network: it is another computation, and says nothing about the split.
   */
  private async asHandedOut(
    crossing: ReadonlyMap<string, Tensor>,
  ): Promise<ReadonlyMap<string, Tensor>> {
    const { model, feeds } = this.prepared;
    const run = await runOnce(withOutputs(model, [...crossing.keys()]), feeds, this.threads);
    return new Map([...crossing].map(([name, tensor]) => [name, run.get(name) ?? tensor]));
  }

  private describe(
    deviceSet: readonly string[],
    crossing: ReadonlyMap<string, Tensor>,
    outputs: Difference,
    between: Difference,
  ): CheckedCut {
    const nameOf = new Map(this.prepared.units.units.map(({ id, name }) => [id, name]));
    return {
      device: deviceSet.map((id) => nameOf.get(id) ?? id),
      tensors: [...crossing.keys()],
      bytes: [...crossing.values()].reduce((sum, tensor) => sum + tensorBytes(tensor), 0),
      maxAbsDiff: outputs.abs,
      maxRelDiff: outputs.rel,
      tensorRelDiff: between.rel,
    };
  }
}

/** True when all elements have the same bits, and there are several. */
function isUniform({ dtype, data }: Tensor): boolean {
  const step = elementBytes(dtype);
  return data.length > step && Buffer.compare(data.subarray(step), data.subarray(0, -step)) === 0;
}
