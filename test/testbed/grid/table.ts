/** The results for the terminal: a line for each cell, and how well they were predicted. */
import { percent } from '../../bench/measure.js';
import { paint, table } from '../terminal.js';
import { cellTable, MODE_NOTES, MODE_TITLES } from './cell-table.js';
import { predictionFinding } from './findings.js';
import type { Cell } from './grid.js';

/** A table for each mode that was measured. */
export function gridTable(cells: readonly Cell[]): string {
  const parts = (['frames', 'stream'] as const).flatMap((mode) => {
    const words = cellTable(cells, mode);
    if (words === undefined) return [];
    const text = table(words.head, words.rows);
    return [`${paint('bold', MODE_TITLES[mode])}\n${text}\n${paint('dim', MODE_NOTES[mode])}`];
  });
  return [...parts, paint('dim', 'Devices are emulated.')].join('\n\n');
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
