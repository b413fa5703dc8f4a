/** The results for the terminal: a line for each cell, and how well they were predicted. */
import { percent } from '../../bench/measure.js';
import { ms } from '../scene.js';
import { paint, table } from '../terminal.js';
import { cellFinding, predictionFinding, rowFinding } from './findings.js';
import { type Cell, ROWS } from './grid.js';

/** Medians with p95 for every row, and Flotilla over the best of the others. */
export function gridTable(cells: readonly Cell[]): string {
  const rows = cells.map((cell) => {
    const finding = cellFinding(cell);
    const times = ROWS.map(({ name }) => {
      const measured = cell.rows.find(({ row }) => row.name === name);
      if (measured === undefined) return '–';
      const { medianMs, p95Ms } = rowFinding(measured);
      return `${ms(medianMs)} / ${ms(p95Ms)}`;
    });
    return [
      cell.network,
      `${cell.link.uplinkMbps} Mbps`,
      ...times,
      finding?.ratio.toFixed(2) ?? '–',
      gainText(cell),
    ];
  });
  const head = ['network', 'uplink', ...ROWS.map(({ name }) => name), 'ratio', 'gain'];
  const note =
    'median / p95 of a frame. ratio: Flotilla over the best baseline. Devices are emulated.';
  return `${table(head, rows)}\n${paint('dim', note)}`;
}

/** What Flotilla gains on the best baseline, or why that is nothing. */
export function gainText(cell: Cell): string {
  const finding = cellFinding(cell);
  if (finding === undefined) return '–';
  const { same, best, ratio } = finding;
  if (same.includes(best.name)) return `none to be had: the plan is that of ${best.name}`;
  return `${percent(1 - ratio)} on ${best.name}`;
}

/** How far predictions were off, and which stages made it so. */
export function predictionText(cells: readonly Cell[]): string {
  const found = predictionFinding(cells);
  const head = ['stage', 'measured − predicted, mean', 'mean of absolute values, of the frame'];
  const rows = found.stages.map(({ stage, meanMs, share }) => [
    stage,
    `${meanMs.toFixed(2)} ms`,
    percent(share),
  ]);
  return [
    `Predicted against measured, ${found.frames} frames in ${found.rows} rows: mean absolute error of the medians ` +
      `${percent(found.totalError)} in all, ${percent(found.deviceError)} on the device; of single frames ${percent(found.frameError)}.`,
    table(head, rows),
  ].join('\n');
}
