/** What a cell says: medians and tails, Flotilla against the best baseline, and whether anything could be gained there. */
import { quantile } from '../../../bench/measure.js';
import type { Cell, GridFrame, MeasuredRow, Turn } from '../measure/grid.js';
import { isSamePlan } from './plan-text.js';
import { mean, median, type Ratio, type Rounds, ratioOf } from './statistics.js';

/** Frames of a row, or of one turn of it, that were run as their plan says. */
export function plainFrames({ turns }: Pick<MeasuredRow, 'turns'>): GridFrame[] {
  return allFrames({ turns }).filter(
    ({ outcome }) => outcome === 'cloud' || outcome === 'local-plan',
  );
}

export function allFrames({ turns }: Pick<MeasuredRow, 'turns'>): GridFrame[] {
  return turns.flatMap(({ frames }) => frames);
}

export interface RowFinding {
  readonly name: string;
  readonly medianMs: number;
  readonly p95Ms: number;
  /** From the end of a frame to the end of the next, on average. */
  readonly periodMs: number;
  readonly predictedMs: number;
  /** Frames that were finished otherwise than planned, and those without an answer. */
  readonly otherwise: number;
  readonly lost: number;
}

export function rowFinding(row: MeasuredRow): RowFinding {
  const frames = plainFrames(row);
  const all = allFrames(row);
  const totals = frames.map(({ totalMs }) => totalMs);
  const lost = all.filter(({ outcome }) => outcome === 'failed').length;
  return {
    name: row.name,
    medianMs: median(totals),
    p95Ms: quantile(totals, 0.95),
    periodMs: mean(periods(row).flat()),
    predictedMs: median(frames.map(({ predicted }) => predicted?.totalMs ?? 0)),
    otherwise: all.length - frames.length - lost,
    lost,
  };
}

export interface CellFinding {
  readonly rows: readonly RowFinding[];
  readonly own: RowFinding;
  readonly best: RowFinding;
  /** Flotilla over the best baseline: the median of a frame, of a stream the period. */
  readonly ratio: Ratio;
  /** Flotilla over partition-only, in the same measure. */
  readonly overPartition: Ratio | undefined;
  /** The baselines whose plan Flotilla chose itself. */
  readonly same: readonly string[];
  /** The best baseline's plan is Flotilla's own: nothing can be gained, and the ratio is that of a plan to itself. */
  readonly isSameAsBest: boolean;
}

/** Undefined for a cell without Flotilla or without a baseline. */
export function cellFinding({ rows, mode }: Cell): CellFinding | undefined {
  const samplesOf = mode === 'stream' ? periods : totals;
  const statistic = mode === 'stream' ? mean : median;
  const own = rows.find(({ strategy }) => strategy === 'auto');
  const others = rows.filter((one) => one !== own);
  const costOf = (row: MeasuredRow): number => statistic(samplesOf(row).flat());
  const [best] = others.toSorted((a, b) => costOf(a) - costOf(b));
  if (own === undefined || best === undefined) return undefined;
  const partition = others.find(({ strategy }) => strategy === 'min-cut');
  const over = (other: MeasuredRow): Ratio => ratioOf(samplesOf(own), samplesOf(other), statistic);
  const same = others.filter((row) => isSameWay(row, own, mode));
  return {
    rows: rows.map(rowFinding),
    own: rowFinding(own),
    best: rowFinding(best),
    ratio: over(best),
    overPartition: partition && over(partition),
    same: same.map(({ name }) => name),
    isSameAsBest: same.includes(best),
  };
}

/** In a stream, partition-only runs one frame after another, whatever its plan. */
function isSameWay(row: MeasuredRow, own: MeasuredRow, mode: Cell['mode']): boolean {
  const isOneByOne = mode === 'stream' && row.strategy === 'min-cut';
  return !isOneByOne && isSamePlan(row.plan, own.plan);
}

/** What Flotilla's stream reached of the rate that the plans in force say; undefined where they say none. */
export function boundShare({ rows }: Cell): number | undefined {
  const own = rows.find(({ strategy }) => strategy === 'auto');
  const plannedMs = own?.plannedPeriodMs ?? null;
  return own === undefined || plannedMs === null ? undefined : plannedMs / rowFinding(own).periodMs;
}

function totals({ turns }: MeasuredRow): Rounds {
  return turns.map((turn) => plainFrames({ turns: [turn] }).map(({ totalMs }) => totalMs));
}

function periods({ turns }: MeasuredRow): Rounds {
  return turns.map(periodsOf);
}

/** From the end of each frame's forerunner to its own, the first one's included. */
function periodsOf({ frames, spanMs }: Turn): number[] {
  const ends = frames.map(({ endedMs }) => endedMs);
  let before = (ends.at(-1) ?? 0) - spanMs;
  return ends.map((end) => {
    const periodMs = end - before;
    before = end;
    return periodMs;
  });
}

/** Every row of the grid once: those that several cells share are in the first of them. */
export function rowsOnce(cells: readonly Cell[]): { cell: Cell; row: MeasuredRow }[] {
  const seen = new Set<string>();
  return cells.flatMap((cell) =>
    cell.rows.flatMap((row) => {
      const mode = row.strategy === 'min-cut' ? 'frames' : cell.mode;
      const key = [cell.network, cell.link.uplinkMbps, mode, row.name, row.policy].join();
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ cell, row }];
    }),
  );
}
