/** The results as a part of docs/results.md. */
import { percent, table } from '../../bench/measure.js';
import { cellTable, MODE_NOTES, MODE_TITLES } from './cell-table.js';
import { cellFinding, predictionFinding } from './findings.js';
import type { Cell, Mode } from './grid.js';
import type { Results } from './results.js';

/** A section of second rank. */
export function markdownOf(results: Results): string {
  const { machine, about, skipped, cells } = results;
  const loads = cells.map(({ load }) => load);
  const notes = [...about, ...skipped.map((reason) => `Not measured: ${reason}.`)];
  return `## Testbed

${machine.date}, \`${machine.command}\`. ${machine.cores} × ${machine.processor}, ${machine.gigabytes} GB, Node ${machine.node}. Load average
when a cell began, the testbed's own work and that of others on the machine: ${span(loads)}. The devices are **emulated**; these are
no timings of a Pi.

${notes.map((sentence) => `- ${sentence}`).join('\n')}

${(['frames', 'stream'] as const).map((mode) => latencies(cells, mode)).join('')}### Predicted against measured

${predictions(results)}
`;
}

function latencies(cells: readonly Cell[], mode: Mode): string {
  const words = cellTable(cells, mode);
  if (words === undefined) return '';
  const frames = cells.find((cell) => cell.mode === mode)?.rows[0]?.frames.length ?? 0;
  return `### ${MODE_TITLES[mode]}

${MODE_NOTES[mode]} ${frames} frames a row.

${table(words.head, words.rows)}

${gains(cells.filter((cell) => cell.mode === mode))}

`;
}

function gains(cells: readonly Cell[]): string {
  const found = cells.flatMap((cell) => cellFinding(cell) ?? []);
  const beyond = found.filter(({ ratio }) => ratio > 1.05);
  const beyondSame = beyond.filter(({ same }) => same.length > 0).length;
  const none = found.filter(({ same }) => same.length > 0).length;
  const worst = Math.max(...found.map(({ ratio }) => ratio));
  return `Flotilla is within 1.05 × the best baseline in ${found.length - beyond.length} of ${found.length} cells (worst ${worst.toFixed(2)}). In ${none} of all cells
nothing can be gained: the plan is a baseline's own, and the ratio is what the same plan differs by from one measurement to the next.
Of the ${beyond.length} cells beyond 1.05, ${beyondSame} are such cells.`;
}

function predictions({ cells }: Results): string {
  const { rows, frames, totalError, deviceError, frameError, stages } = predictionFinding(cells);
  const lines = stages.map(({ stage, meanMs, share }) => [
    stage,
    meanMs.toFixed(2),
    percent(share),
  ]);
  return `${frames} frames in ${rows} rows. Mean absolute error of a row's median: **${percent(totalError)}** end to end, **${percent(deviceError)}** for
the device stage; of single frames ${percent(frameError)}. *between*: what is in no stage.

${table(['stage', 'measured − predicted, mean ms', 'mean of absolute values, of the frame'], lines)}`;
}

function span(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
}
