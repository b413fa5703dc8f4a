/** What the measurements say: medians and tails, Flotilla against the best baseline, predictions against measurements. */
import { quantile } from '../../bench/measure.js';
import { type Cell, type GridFrame, type MeasuredRow, STAGES, type Stage } from './grid.js';
import { isSamePlan } from './plan-text.js';

/** Frames that were run as their plan says. */
export function plainFrames({ frames }: MeasuredRow): GridFrame[] {
  return frames.filter(({ outcome }) => outcome === 'cloud' || outcome === 'local-plan');
}

export interface RowFinding {
  readonly name: string;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly periodMs: number;
  readonly predictedMs: number;
  /** Frames that were finished otherwise than planned. */
  readonly otherwise: number;
}

export function rowFinding(measured: MeasuredRow): RowFinding {
  const frames = plainFrames(measured);
  const totals = frames.map(({ totalMs }) => totalMs);
  return {
    name: measured.row.name,
    medianMs: quantile(totals, 0.5),
    p95Ms: quantile(totals, 0.95),
    periodMs: measured.periodMs,
    predictedMs: quantile(
      frames.map(({ predicted }) => predicted?.totalMs ?? 0),
      0.5,
    ),
    otherwise: measured.frames.length - frames.length,
  };
}

export interface CellFinding {
  readonly rows: readonly RowFinding[];
  readonly best: RowFinding;
  /** Flotilla over the best baseline: the median of a frame, of a stream the period. */
  readonly ratio: number;
  /** The baselines whose plan Flotilla chose itself: there is nothing to gain on them. */
  readonly same: readonly string[];
}

/** Undefined for a cell without Flotilla or without a baseline. */
export function cellFinding({ rows, mode }: Cell): CellFinding | undefined {
  const costMs = ({ medianMs, periodMs }: RowFinding): number =>
    mode === 'stream' ? periodMs : medianMs;
  const own = rows.find(({ row }) => row.strategy === 'auto');
  const others = rows.filter((one) => one !== own);
  const [best] = others.map(rowFinding).toSorted((a, b) => costMs(a) - costMs(b));
  if (own === undefined || best === undefined) return undefined;
  return {
    rows: rows.map(rowFinding),
    best,
    ratio: costMs(rowFinding(own)) / costMs(best),
    same: others.flatMap(({ row, plan }) => (isSamePlan(plan, own.plan) ? [row.name] : [])),
  };
}

export interface PredictionFinding {
  readonly rows: number;
  readonly frames: number;
  /** Mean over rows of |median predicted / median measured − 1|. */
  readonly totalError: number;
  readonly deviceError: number;
  /** The same over single frames. */
  readonly frameError: number;
  /** Measured − predicted in ms, mean over rows; and as a share of the measured total, mean of absolute values. */
  readonly stages: readonly { stage: Stage | 'between'; meanMs: number; share: number }[];
}

/** Over all rows of all cells of one frame at a time. `between`: what is in no stage, such as the way from one to the next. */
export function predictionFinding(cells: readonly Cell[]): PredictionFinding {
  const rows = cells
    .filter(({ mode }) => mode === 'frames')
    .flatMap((cell) => cell.rows.map(plainFrames))
    .map((frames) => frames.filter((frame) => frame.predicted !== null))
    .filter((frames) => frames.length > 0);
  const frames = rows.flat();
  const withDevice = rows.filter((row) => median(row, (one) => one.measured.deviceMs) > 0);
  const stages = [...STAGES, 'between' as const].map((stage) => {
    const off = rows.map((row) => median(row, (one) => differenceMs(one, stage)));
    const shares = rows.map((row, i) => Math.abs(off[i] ?? 0) / median(row, (one) => one.totalMs));
    return { stage, meanMs: mean(off), share: mean(shares) };
  });
  return {
    rows: rows.length,
    frames: frames.length,
    totalError: mean(
      rows.map((row) =>
        error(
          median(row, (one) => one.predicted?.totalMs ?? 0),
          median(row, (one) => one.totalMs),
        ),
      ),
    ),
    deviceError: mean(
      withDevice.map((row) =>
        error(
          median(row, (one) => one.predicted?.deviceMs ?? 0),
          median(row, (one) => one.measured.deviceMs),
        ),
      ),
    ),
    frameError: mean(frames.map((one) => error(one.predicted?.totalMs ?? 0, one.totalMs))),
    stages: stages.toSorted((a, b) => b.share - a.share),
  };
}

function differenceMs({ measured, predicted, totalMs }: GridFrame, stage: Stage | 'between') {
  if (predicted === null) return 0;
  if (stage !== 'between') return measured[`${stage}Ms`] - predicted[`${stage}Ms`];
  const rest = (times: GridFrame['measured'], total: number): number =>
    total - STAGES.reduce((sum, one) => sum + times[`${one}Ms`], 0);
  return rest(measured, totalMs) - rest(predicted, predicted.totalMs);
}

const error = (predicted: number, measured: number): number => Math.abs(predicted / measured - 1);

const median = (frames: readonly GridFrame[], of: (frame: GridFrame) => number): number =>
  quantile(frames.map(of), 0.5);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
