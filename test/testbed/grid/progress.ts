/** What the testbed says while it measures. */
import { ms } from '../scene.js';
import { paint } from '../terminal.js';
import { cellFinding, rowFinding } from './findings.js';
import type { Cell, MeasuredRow } from './grid.js';
import { shortPlan } from './plan-text.js';

export function rowLine(measured: MeasuredRow): string {
  const { name, medianMs, p95Ms, predictedMs } = rowFinding(measured);
  const times = `${ms(medianMs)} (p95 ${ms(p95Ms)}, predicted ${ms(predictedMs)})`;
  return `  ${name.padEnd(24)} ${times}  ${paint('dim', shortPlan(measured.plan))}`;
}

export function cellLine(cell: Cell): string {
  const finding = cellFinding(cell);
  const where = `${cell.network} at ${cell.link.uplinkMbps} Mbps, ${cell.mode}, ${cell.precision}`;
  if (finding === undefined) return where;
  const same = finding.same.length > 0 ? `; the same plan as ${finding.same.join(' and ')}` : '';
  return paint(
    'bold',
    `${where}: ${finding.ratio.toFixed(2)} × the best baseline, ${finding.best.name}${same}`,
  );
}
