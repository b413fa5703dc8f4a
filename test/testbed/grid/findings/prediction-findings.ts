/** How far predictions were off: of all rows of one frame at a time, in all and by stage; and of the gain over baselines. */

import { type Cell, type GridFrame, STAGES, type Stage } from '../measure/grid.js';
import { allFrames, type CellFinding, cellFinding, plainFrames, rowsOnce } from './findings.js';
import { mean, median } from './statistics.js';

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
  /** The rows that were furthest off, worst first. */
  readonly worst: readonly { where: string; predictedMs: number; measuredMs: number }[];
}

const WORST = 5;

/** `between`: what is in no stage, such as the way from one to the next. */
export function predictionFinding(cells: readonly Cell[]): PredictionFinding {
  const rows = rowsOnce(cells.filter(({ mode }) => mode === 'frames'))
    .map(({ cell, row }) => ({
      where: `${cell.network}, ${cell.link.uplinkMbps} Mbps, ${row.policy}, ${row.name}`,
      frames: plainFrames(row).filter(({ predicted }) => predicted !== null),
    }))
    .filter(({ frames }) => frames.length > 0)
    .map(({ where, frames }) => ({
      ...{ where, frames },
      predictedMs: medianOf(frames, (one) => one.predicted?.totalMs ?? 0),
      measuredMs: medianOf(frames, (one) => one.totalMs),
    }));
  const frames = rows.flatMap((row) => row.frames);
  const errorOf = (row: (typeof rows)[number]): number => error(row.predictedMs, row.measuredMs);
  return {
    rows: rows.length,
    frames: frames.length,
    totalError: mean(rows.map(errorOf)),
    deviceError: mean(rows.flatMap((row) => deviceErrorOf(row.frames))),
    frameError: mean(frames.map((one) => error(one.predicted?.totalMs ?? 0, one.totalMs))),
    stages: [...STAGES, 'between' as const]
      .map((stage) => {
        const off = rows.map((row) => medianOf(row.frames, (one) => differenceMs(one, stage)));
        const shares = rows.map((row, i) => Math.abs(off[i] ?? 0) / row.measuredMs);
        return { stage, meanMs: mean(off), share: mean(shares) };
      })
      .toSorted((a, b) => b.share - a.share),
    worst: rows.toSorted((a, b) => errorOf(b) - errorOf(a)).slice(0, WORST),
  };
}

/** None for a row without a part on the device. */
function deviceErrorOf(frames: readonly GridFrame[]): number[] {
  const measuredMs = medianOf(frames, (one) => one.measured.deviceMs);
  if (measuredMs === 0) return [];
  return [
    error(
      medianOf(frames, (one) => one.predicted?.deviceMs ?? 0),
      measuredMs,
    ),
  ];
}

function differenceMs({ measured, predicted, totalMs }: GridFrame, stage: Stage | 'between') {
  if (predicted === null) return 0;
  if (stage !== 'between') return measured[`${stage}Ms`] - predicted[`${stage}Ms`];
  const rest = (times: GridFrame['measured'], total: number): number =>
    total - STAGES.reduce((sum, one) => sum + times[`${one}Ms`], 0);
  return rest(measured, totalMs) - rest(predicted, predicted.totalMs);
}

const error = (predicted: number, measured: number): number => Math.abs(predicted / measured - 1);

const medianOf = (frames: readonly GridFrame[], of: (frame: GridFrame) => number): number =>
  median(frames.map(of));

/** What Flotilla gains inside a single frame, as the simulator says and as it was measured: 0.2 is a fifth less. */
export interface GainFinding {
  readonly cell: Cell;
  readonly finding: CellFinding;
  readonly overBest: Gain;
  readonly overPartition: Gain | undefined;
}

export interface Gain {
  readonly predicted: number;
  readonly measured: number;
}

/** Of the cells of one frame at a time in which Flotilla's plan is no baseline's. */
export function gainFindings(cells: readonly Cell[]): GainFinding[] {
  return cells.flatMap((cell) => {
    const finding = cell.mode === 'frames' ? cellFinding(cell) : undefined;
    if (finding === undefined || finding.same.length > 0) return [];
    const { own, best, rows, ratio, overPartition } = finding;
    const partition = rows.find(({ name }) => name === 'partition-only');
    return [
      {
        ...{ cell, finding },
        overBest: {
          predicted: 1 - own.predictedMs / best.predictedMs,
          measured: 1 - ratio.value,
        },
        overPartition: partition &&
          overPartition && {
            predicted: 1 - own.predictedMs / partition.predictedMs,
            measured: 1 - overPartition.value,
          },
      },
    ];
  });
}

/** How busy device, link and cloud were in a stream: their time per frame over the period. */
export function busyShares({ link, rows, mode }: Cell) {
  const own = rows.find(({ strategy }) => strategy === 'auto');
  if (own === undefined || mode !== 'stream') return undefined;
  const frames = allFrames(own);
  const spanMs = own.turns.reduce((sum, turn) => sum + turn.spanMs, 0);
  const share = (of: (frame: GridFrame) => number): number =>
    frames.reduce((sum, frame) => sum + of(frame), 0) / spanMs;
  const msPerByte = 8 / (1000 * link.uplinkMbps);
  return {
    device: share(({ measured }) => measured.deviceMs + measured.encodeMs),
    link: share(({ sentBytes }) => sentBytes * msPerByte),
    cloud: share(({ measured }) => measured.cloudMs),
  };
}
