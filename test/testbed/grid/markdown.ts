/** The results as a part of docs/results.md. */
import { percent, table } from '../../bench/measure.js';
import { cellFinding, predictionFinding, rowFinding } from './findings.js';
import { ROWS } from './grid.js';
import type { Results } from './results.js';
import { gainText } from './table.js';

/** A section of second rank. */
export function markdownOf(results: Results): string {
  const { machine, about, skipped, cells } = results;
  const loads = cells.map(({ load }) => load);
  return `## Testbed

${machine.date}, \`${machine.command}\`. ${machine.cores} × ${machine.processor}, ${machine.gigabytes} GB, Node ${machine.node}. Load average
when a cell began, the testbed's own work included: ${span(loads)}. The devices are **emulated**; these are no timings of a Pi.

${about.map((sentence) => `- ${sentence}`).join('\n')}
${skipped.map((reason) => `- Not measured: ${reason}.`).join('\n')}

### Latency of a frame, one at a time

Median / p95 in ms over ${cells[0]?.rows[0]?.frames.length ?? 0} frames. *ratio*: median of Flotilla over that of the best baseline.

${latencies(results)}

${gains(results)}

### Predicted against measured

${predictions(results)}
`;
}

function latencies({ cells }: Results): string {
  const rows = cells.map((cell) => {
    const times = ROWS.map(({ name }) => {
      const measured = cell.rows.find(({ row }) => row.name === name);
      if (measured === undefined) return '–';
      const { medianMs, p95Ms, otherwise } = rowFinding(measured);
      const note = otherwise > 0 ? ` (${otherwise} otherwise)` : '';
      return `${medianMs.toFixed(0)} / ${p95Ms.toFixed(0)}${note}`;
    });
    const ratio = cellFinding(cell)?.ratio.toFixed(2) ?? '–';
    return [cell.network, `${cell.link.uplinkMbps}`, ...times, ratio, gainText(cell)];
  });
  return table(['network', 'Mbps', ...ROWS.map(({ name }) => name), 'ratio', 'gain'], rows);
}

function gains({ cells }: Results): string {
  const found = cells.flatMap((cell) => cellFinding(cell) ?? []);
  const within = found.filter(({ ratio }) => ratio <= 1.05).length;
  const none = found.filter(({ same, best }) => same.includes(best.name)).length;
  const worst = Math.max(...found.map(({ ratio }) => ratio));
  return `Flotilla is within 1.05 × the best baseline in ${within} of ${found.length} cells (worst ${worst.toFixed(2)}). In ${none} of them nothing
can be gained on a single frame: the best plan is a baseline's own.`;
}

function predictions({ cells }: Results): string {
  const { rows, frames, totalError, deviceError, frameError, stages } = predictionFinding(cells);
  const lines = stages.map(({ stage, meanMs, share }) => [
    stage,
    meanMs.toFixed(2),
    percent(share),
  ]);
  return `${frames} frames in ${rows} rows. Mean absolute error of a row's median: **${percent(totalError)}** end to end, **${percent(deviceError)}** for
the device stage; of single frames ${percent(frameError)}.

${table(['stage', 'measured − predicted, mean ms', 'mean of absolute values, of the frame'], lines)}`;
}

function span(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
}
