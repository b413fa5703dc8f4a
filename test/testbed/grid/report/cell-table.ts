/** The grid as tables of words, for the terminal and for Markdown alike. */
import { percent } from '../../../bench/measure.js';
import { agreementFindings } from '../findings/agreement-findings.js';
import {
  boundShare,
  type CellFinding,
  cellFinding,
  type RowFinding,
} from '../findings/findings.js';
import { busyShares, type Gain, gainFindings } from '../findings/prediction-findings.js';
import type { Ratio } from '../findings/statistics.js';
import { type Cell, CLOUD_TENSOR, type Mode, ROWS } from '../measure/grid.js';

export interface TableOfWords {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const MODE_TITLES: Record<Mode, string> = {
  frames: 'One frame at a time',
  stream: 'Camera streams',
};

/** What the figures of a mode are. */
export const MODE_NOTES: Record<Mode, string> = {
  frames:
    'Median / p95 of a frame in ms. Ratio: median of Flotilla over that of the best baseline, with 95 % of what resampling the frames gives.',
  stream:
    'Frames per second (median / p95 of a frame in ms); the next picture is always there, so nothing waits for the source. Ratio: time from frame to frame, Flotilla over the best baseline. × partition-only: its rate over that of min-cut, one frame after another. Bound: share of the rate that the plan in force says, which is within 1 % of what the planner proves to be the most.',
};

/** The cells of one mode; undefined where nothing was measured. */
export function cellTable(cells: readonly Cell[], mode: Mode): TableOfWords | undefined {
  const found = cells
    .filter((cell) => cell.mode === mode)
    .flatMap((cell) => {
      const finding = cellFinding(cell);
      return finding === undefined ? [] : [{ cell, finding }];
    });
  if (found.length === 0) return undefined;
  const names = [CLOUD_TENSOR, ...ROWS.map(({ name }) => name)].filter((name) =>
    found.some(({ finding }) => finding.rows.some((row) => row.name === name)),
  );
  const isStream = mode === 'stream';
  return {
    head: [
      ...['network', 'Mbps', 'encodings', ...names, 'ratio'],
      ...(isStream ? ['× partition-only', 'bound'] : []),
      'gain',
    ],
    rows: found.map(({ cell, finding }) => [
      ...[cell.network, `${cell.link.uplinkMbps}`, cell.policy],
      ...names.map((name) =>
        rowText(
          finding.rows.find((row) => row.name === name),
          mode,
        ),
      ),
      ratioText(finding.ratio),
      ...(isStream ? [timesText(finding), boundText(cell)] : []),
      gainText(finding),
    ]),
  };
}

/** How busy device, link and cloud were with Flotilla's streams; undefined where there were none. */
export function busyTable(cells: readonly Cell[]): TableOfWords | undefined {
  const rows = cells.flatMap((cell) => {
    const shares = busyShares(cell);
    if (shares === undefined) return [];
    const where = [cell.network, `${cell.link.uplinkMbps}`, cell.policy];
    return [[...where, percent(shares.device), percent(shares.link), percent(shares.cloud)]];
  });
  const head = ['network', 'Mbps', 'encodings', 'device', 'link', 'cloud'];
  return rows.length === 0 ? undefined : { head, rows };
}

/** Gains inside a single frame, as predicted and as measured; undefined where there were none to be had. */
export function gainTable(cells: readonly Cell[]): TableOfWords | undefined {
  const found = gainFindings(cells);
  if (found.length === 0) return undefined;
  const both = (gain: Gain | undefined): string[] =>
    gain === undefined ? ['–', '–'] : [percent(gain.predicted), percent(gain.measured)];
  return {
    head: [
      ...['network', 'Mbps', 'encodings', 'Flotilla, ms', 'partition-only, ms'],
      ...['gain predicted', 'measured', 'best baseline', 'gain predicted', 'measured'],
    ],
    rows: found.map(({ cell, finding, overBest, overPartition }) => {
      const partition = finding.rows.find(({ name }) => name === 'partition-only');
      return [
        ...[cell.network, `${cell.link.uplinkMbps}`, cell.policy],
        ...[finding.own.medianMs.toFixed(0), partition?.medianMs.toFixed(0) ?? '–'],
        ...both(overPartition),
        `${finding.best.name}, ${finding.best.medianMs.toFixed(0)}`,
        ...both(overBest),
      ];
    }),
  };
}

/** Answers of the split networks compared with those of the unsplit network. */
export function agreementTable(cells: readonly Cell[]): TableOfWords {
  const rows = (['exact', 'lossy'] as const).flatMap((kind) =>
    agreementFindings(cells, kind).map((one) => [
      one.network,
      kind === 'exact' ? 'exact' : 'int8',
      `${one.frames}`,
      percent(one.identical / one.frames),
      relativeText(one.medianRelative),
      relativeText(one.worstRelative),
      one.top1 === null ? '–' : percent(one.top1),
    ]),
  );
  const head = [
    'network',
    'encodings',
    'frames',
    'identical',
    'difference, median',
    'largest',
    'same best class',
  ];
  return { head, rows };
}

function rowText(row: RowFinding | undefined, mode: Mode): string {
  if (row === undefined) return '–';
  const latency = `${row.medianMs.toFixed(0)} / ${row.p95Ms.toFixed(0)}`;
  const text = mode === 'stream' ? `${(1000 / row.periodMs).toFixed(1)} (${latency})` : latency;
  const otherwise = row.otherwise > 0 ? `, ${row.otherwise} otherwise` : '';
  return `${text}${otherwise}${row.lost > 0 ? `, ${row.lost} lost` : ''}`;
}

function ratioText({ value, from, to }: Ratio): string {
  return `${value.toFixed(2)} (${from.toFixed(2)}–${to.toFixed(2)})`;
}

function timesText({ overPartition }: CellFinding): string {
  return overPartition === undefined ? '–' : `${(1 / overPartition.value).toFixed(2)} ×`;
}

function boundText(cell: Cell): string {
  const share = boundShare(cell);
  return share === undefined ? '–' : percent(share);
}

/** What Flotilla gains on the best baseline, or why that is nothing. */
function gainText({ isSameAsBest, same, best, ratio }: CellFinding): string {
  if (isSameAsBest) return `nothing to gain: its plan is that of ${same.join(', ')}`;
  if (ratio.value <= 1) return `${percent(1 - ratio.value)} on ${best.name}`;
  return `loses ${percent(ratio.value - 1)} on ${best.name}`;
}

function relativeText(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}
