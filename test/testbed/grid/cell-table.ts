/** The cells of one mode as a table of words, for the terminal and for Markdown alike. */
import { percent } from '../../bench/measure.js';
import { type CellFinding, cellFinding, type RowFinding } from './findings.js';
import { type Cell, type Mode, ROWS } from './grid.js';

export interface TableOfWords {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const MODE_TITLES: Record<Mode, string> = {
  frames: 'One frame at a time',
  stream: 'A stream, frames back to back',
};

/** What the figures of a mode are. */
export const MODE_NOTES: Record<Mode, string> = {
  frames:
    'Median / p95 of a frame in ms. ratio: median of Flotilla over that of the best baseline.',
  stream:
    'Frames per second (median / p95 of a frame in ms). ratio: time between frames, Flotilla over the best baseline; bound: share of the rate that the planner proves to be the most.',
};

/** Undefined where nothing was measured. */
export function cellTable(cells: readonly Cell[], mode: Mode): TableOfWords | undefined {
  const found = cells
    .filter((cell) => cell.mode === mode)
    .flatMap((cell) => {
      const finding = cellFinding(cell);
      return finding === undefined ? [] : [{ cell, finding }];
    });
  if (found.length === 0) return undefined;
  const names = ROWS.map(({ name }) => name);
  const bound = mode === 'stream' ? ['bound'] : [];
  return {
    head: ['network', 'Mbps', 'tensors', ...names, 'ratio', ...bound, 'gain'],
    rows: found.map(({ cell, finding }) => [
      cell.network,
      `${cell.link.uplinkMbps}`,
      cell.precision,
      ...names.map((name) =>
        rowText(
          finding.rows.find((row) => row.name === name),
          mode,
        ),
      ),
      finding.ratio.toFixed(2),
      ...bound.map(() => boundText(cell)),
      gainText(finding),
    ]),
  };
}

function rowText(row: RowFinding | undefined, mode: Mode): string {
  if (row === undefined) return '–';
  const latency = `${row.medianMs.toFixed(0)} / ${row.p95Ms.toFixed(0)}`;
  const text = mode === 'stream' ? `${(1000 / row.periodMs).toFixed(1)} (${latency})` : latency;
  return row.otherwise > 0 ? `${text}, ${row.otherwise} otherwise` : text;
}

function boundText({ rows }: Cell): string {
  const own = rows.find(({ row }) => row.strategy === 'auto');
  const periodMs = own?.plan.mix?.periodMs;
  return own === undefined || periodMs === undefined ? '–' : percent(periodMs / own.periodMs);
}

/** What Flotilla gains on the best baseline, or why that is nothing. */
function gainText({ same, best, ratio }: CellFinding): string {
  if (same.length > 0) return `none to be had: the plan is ${same.join(', ')}`;
  if (ratio <= 1) return `${percent(1 - ratio)} on ${best.name}`;
  return `loses ${percent(ratio - 1)} on ${best.name}`;
}
