/** The results for the terminal: tables, verdicts, and how well frames were predicted. */
import { percent } from '../../../bench/measure.js';
import { paint, table } from '../../terminal.js';
import { predictionFinding } from '../findings/prediction-findings.js';
import { verdictOn } from '../findings/verdict.js';
import { type Cell, MODES } from '../measure/grid.js';
import {
  agreementTable,
  busyTable,
  cellTable,
  gainTable,
  MODE_NOTES,
  MODE_TITLES,
  type TableOfWords,
} from './cell-table.js';

/** All there is to say of the cells. */
export function gridText(cells: readonly Cell[]): string {
  const modes = MODES.map((mode) => {
    const note = [MODE_NOTES[mode], ...verdictOn(cells.filter((cell) => cell.mode === mode))];
    return part(MODE_TITLES[mode], cellTable(cells, mode), note.join('\n'));
  });
  const parts = [
    ...modes,
    part('How busy Flotilla kept them', busyTable(cells), ''),
    part('Gains inside a single frame', gainTable(cells), 'Cells whose plan is no baseline’s.'),
    part('Answers compared with the unsplit network', agreementTable(cells), ''),
    predictionText(cells),
    paint('dim', 'Devices are emulated.'),
  ];
  return parts.filter((text) => text !== '').join('\n\n');
}

function part(title: string, words: TableOfWords | undefined, note: string): string {
  if (words === undefined) return '';
  const text = `${paint('bold', title)}\n${table(words.head, words.rows)}`;
  return note === '' ? text : `${text}\n${paint('dim', note)}`;
}

/** How far predictions were off, and which stages made it so. */
function predictionText(cells: readonly Cell[]): string {
  const found = predictionFinding(cells);
  if (found.rows === 0) return '';
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
