/** The results as a part of docs/results.md. */
import { percent, table } from '../../../bench/measure.js';
import { allFrames } from '../findings/findings.js';
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
import type { Results } from './run-results.js';

/** A section of second rank. */
export function markdownOf(results: Results): string {
  const { machine, about, skipped, cells } = results;
  const loads = cells.map(({ load }) => load);
  const notes = [...about, ...skipped.map((reason) => `Not measured: ${reason}.`)];
  const parts = [
    `## Testbed

${machine.date}, \`${machine.command}\`. ${machine.cores} × ${machine.processor}, ${machine.gigabytes} GB, Node ${machine.node}. Load average
when a cell began, the testbed's own work and that of others on the machine: ${span(loads)}. The devices are **emulated**; these are
no timings of a Pi.

${notes.map((sentence) => `- ${sentence}`).join('\n')}`,
    ...MODES.map((mode) => {
      const own = cells.filter((cell) => cell.mode === mode);
      const note = [`${MODE_NOTES[mode]} ${framesText(own)}`, '', listOf(verdictOn(own))];
      return part(MODE_TITLES[mode], cellTable(cells, mode), note.join('\n'));
    }),
    part(
      'How busy device, link and cloud were in Flotilla’s streams',
      busyTable(cells),
      'Time per frame over the time from frame to frame; of the link, its bytes at the nominal rate.',
    ),
    part(
      'Gains inside a single frame',
      gainTable(cells),
      'Cells whose plan is no baseline’s: what the simulator says Flotilla’s plan saves, and what it saved.',
    ),
    part(
      'Answers compared with the unsplit network',
      agreementTable(cells),
      'Every frame that was measured. Difference: the largest of an output, to its largest value. *int8*: rows whose plan sent a tensor as bytes; the policy alone is no loss.',
    ),
    predictions(cells),
  ];
  return `${parts.filter((text) => text !== '').join('\n\n')}\n`;
}

function part(title: string, words: TableOfWords | undefined, note: string): string {
  return words === undefined ? '' : `### ${title}\n\n${note}\n\n${table(words.head, words.rows)}`;
}

function listOf(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence}`).join('\n');
}

function framesText(cells: readonly Cell[]): string {
  const counts = cells.flatMap(({ rows }) => rows.map((row) => allFrames(row).length));
  const rounds = cells[0]?.rows[0]?.turns.length ?? 0;
  if (counts.length === 0) return '';
  return `${Math.min(...counts)} to ${Math.max(...counts)} frames a row, in ${rounds} rounds, the rows of a cell in turn.`;
}

function predictions(cells: readonly Cell[]): string {
  const found = predictionFinding(cells);
  if (found.rows === 0) return '';
  const lines = found.stages.map(({ stage, meanMs, share }) => [
    stage,
    meanMs.toFixed(2),
    percent(share),
  ]);
  const worst = found.worst.map(
    ({ where, predictedMs, measuredMs }) =>
      `${where} (${predictedMs.toFixed(0)} predicted, ${measuredMs.toFixed(0)} measured)`,
  );
  return `### Predicted against measured

${found.frames} frames in ${found.rows} rows, one frame at a time. Mean absolute error of a row's median: **${percent(found.totalError)}** end to end,
**${percent(found.deviceError)}** for the device stage; of single frames ${percent(found.frameError)}. *between*: what is in no stage.
Furthest off: ${worst.join('; ')}.

${table(['stage', 'measured − predicted, mean ms', 'mean of absolute values, of the frame'], lines)}`;
}

function span(values: readonly number[]): string {
  return values.length === 0
    ? '–'
    : `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
}
