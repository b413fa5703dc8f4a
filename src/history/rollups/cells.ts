/**
 * The cells of a roll-up: for every model, plan, link class and outcome the number of frames and, for every stage, the
 * histograms of what was measured and of what had been predicted.
 *
 * A failed frame is counted and adds no time, so that it makes no percentile look better. A frame without a prediction adds to
 * what was measured only. The bytes begin with their format, so that a later format is recognised.
 */
import { type LinkClass, linkClasses, type Outcome, outcomes } from '../../wire/index.js';
import type { FrameFilter } from '../frames/frame-filter.js';
import { timedStages } from '../frames/stages.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { OTHER_MODEL, OTHER_PLAN } from './known-keys.js';
import { binOf, TimeHistogram } from './time-histogram.js';

const FORMAT = 1;
/** A roll-up with more cells puts some together: old plans first, then models with few frames. */
export const MAX_CELLS = 256;

/** What the frames of a cell have in common. */
export interface CellKey {
  /** Digest of the model; empty for the models in one bucket. */
  readonly model: string;
  /** 0 for the plans in one bucket, and in the roll-ups of the fleet: versions of plans are a device's own. */
  readonly planVersion: number;
  readonly link: LinkClass;
  readonly outcome: Outcome;
}

/** True for the cells whose frames are meant. */
export function fits(filter: FrameFilter, key: CellKey): boolean {
  const { models, planVersion, outcome, link } = filter;
  return (
    (models === undefined || models.includes(key.model)) &&
    (planVersion === undefined || planVersion === key.planVersion) &&
    (outcome === undefined || outcome === key.outcome) &&
    (link === undefined || link === key.link)
  );
}

/** A frame's times with their bins, in the order of `timedStages`; made once and added to several cells. */
export interface BinnedTimes {
  readonly measuredMs: readonly number[];
  readonly measuredBins: readonly (number | undefined)[];
  /** Absent where the frame had no plan. */
  readonly predictedMs: readonly number[] | undefined;
  readonly predictedBins: readonly (number | undefined)[];
}

export function binnedTimes(
  measuredMs: readonly number[],
  predictedMs: readonly number[] | undefined,
): BinnedTimes {
  return {
    measuredMs,
    measuredBins: measuredMs.map(binOf),
    predictedMs,
    predictedBins: predictedMs?.map(binOf) ?? [],
  };
}

const histograms = () => timedStages.map(() => new TimeHistogram());

export class Cell {
  count = 0;
  readonly measured = histograms();
  readonly predicted = histograms();

  constructor(readonly key: CellKey) {}

  add(times: BinnedTimes): void {
    this.count += 1;
    if (this.key.outcome === 'failed') return;
    const { measuredMs, measuredBins, predictedMs, predictedBins } = times;
    for (let i = 0; i < timedStages.length; i += 1) {
      this.measured[i]?.add(measuredMs[i] ?? 0, measuredBins[i]);
      if (predictedMs !== undefined) this.predicted[i]?.add(predictedMs[i] ?? 0, predictedBins[i]);
    }
  }

  addFrames(count: number): void {
    this.count += count;
  }

  /** Adds all frames of another cell. */
  merge({ count, measured, predicted }: Cell): void {
    this.count += count;
    for (let i = 0; i < timedStages.length; i += 1) {
      mergeInto(this.measured[i], measured[i]);
      mergeInto(this.predicted[i], predicted[i]);
    }
  }

  write(to: ByteWriter): void {
    const { model, planVersion, link, outcome } = this.key;
    to.text(model);
    to.whole(planVersion);
    to.whole(linkClasses.indexOf(link));
    to.whole(outcomes.indexOf(outcome));
    to.whole(this.count);
    for (const histogram of [...this.measured, ...this.predicted]) histogram.write(to);
  }
}

/** Receives written cells. A histogram that was not asked for is absent. */
export interface CellSink {
  addFrames(count: number): void;
  readonly measured: readonly (TimeHistogram | undefined)[];
  readonly predicted: readonly (TimeHistogram | undefined)[];
}

/** Adds written cells to their sinks without building cells; skips those without a sink. Throws Error for bytes of another format. */
export function addCells(bytes: Buffer, sinkOf: (key: CellKey) => CellSink | undefined): void {
  const from = new ByteReader(bytes);
  const format = from.whole();
  if (format !== FORMAT) throw new Error(`a roll-up has the unknown format ${format}`);
  while (!from.isAtEnd) {
    const sink = sinkOf(readKey(from));
    const count = from.whole();
    sink?.addFrames(count);
    for (const kind of ['measured', 'predicted'] as const) {
      for (let i = 0; i < timedStages.length; i += 1) {
        const histogram = sink?.[kind][i];
        if (histogram === undefined) TimeHistogram.skip(from);
        else histogram.read(from);
      }
    }
  }
}

/** The cells of one roll-up, or of several added up. */
export class Cells {
  private readonly byKey = new Map<string, Cell>();

  /** The cell of a key, made when there is none. */
  of(key: CellKey): Cell {
    const name = nameOf(key);
    const found = this.byKey.get(name);
    if (found !== undefined) return found;
    const cell = new Cell(key);
    this.byKey.set(name, cell);
    return cell;
  }

  /** Adds cells that were written. */
  read(bytes: Buffer): this {
    addCells(bytes, (key) => this.of(key));
    return this;
  }

  /** At most MAX_CELLS of them. */
  written(): Buffer {
    this.bound();
    const to = new ByteWriter();
    to.whole(FORMAT);
    for (const cell of this.byKey.values()) cell.write(to);
    return to.written();
  }

  /** O(cells · log cells), and nothing for few cells. */
  private bound(): void {
    if (this.byKey.size <= MAX_CELLS) return;
    const plans = this.groupedBy(({ key }) => key.planVersion);
    plans.delete(OTHER_PLAN);
    this.putTogether(
      [...plans].sort(([a], [b]) => a - b),
      { planVersion: OTHER_PLAN },
    );
    const models = this.groupedBy(({ key }) => key.model);
    models.delete(OTHER_MODEL);
    const frames = (cells: readonly Cell[]) => cells.reduce((sum, { count }) => sum + count, 0);
    // Digests decide between equal numbers, so that the bytes do not depend on the order of frames.
    const rarest = [...models].sort(
      ([a, ofA], [b, ofB]) => frames(ofA) - frames(ofB) || (a < b ? -1 : 1),
    );
    this.putTogether(rarest, { model: OTHER_MODEL, planVersion: OTHER_PLAN });
  }

  private groupedBy<K>(keyOf: (cell: Cell) => K): Map<K, Cell[]> {
    const groups = new Map<K, Cell[]>();
    for (const cell of this.byKey.values()) {
      const key = keyOf(cell);
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      group.push(cell);
    }
    return groups;
  }

  /** Moves the cells of one group after the other under another key, until there are few enough. */
  private putTogether(
    groups: readonly (readonly [unknown, readonly Cell[]])[],
    under: Partial<CellKey>,
  ): void {
    for (const [, cells] of groups) {
      if (this.byKey.size <= MAX_CELLS) return;
      for (const cell of cells) {
        this.byKey.delete(nameOf(cell.key));
        this.of({ ...cell.key, ...under }).merge(cell);
      }
    }
  }
}

function nameOf({ model, planVersion, link, outcome }: CellKey): string {
  return `${model} ${planVersion} ${link} ${outcome}`;
}

function mergeInto(to: TimeHistogram | undefined, from: TimeHistogram | undefined): void {
  if (from !== undefined) to?.merge(from);
}

function readKey(from: ByteReader): CellKey {
  const model = from.text();
  const planVersion = from.whole();
  return {
    model,
    planVersion,
    link: linkClasses[from.whole()] ?? 'unknown',
    outcome: outcomes[from.whole()] ?? 'failed',
  };
}
