/** What the testbed says while it measures. */
import type { LinkSettings } from '../../../support/mqtt/link-shaper.js';
import { ms } from '../../scene.js';
import { paint } from '../../terminal.js';
import { cellFinding, rowFinding } from '../findings/findings.js';
import { shortPlan } from '../findings/plan-text.js';
import type { Cell, MeasuredRow, Mode } from '../measure/grid.js';

export function rowLine(
  network: string,
  { uplinkMbps }: LinkSettings,
  mode: Mode,
  measured: MeasuredRow,
): string {
  const { name, medianMs, p95Ms, predictedMs, periodMs } = rowFinding(measured);
  const where = `${network} ${uplinkMbps} ${measured.policy}`.padEnd(28);
  const rate = mode === 'stream' ? `${(1000 / periodMs).toFixed(1)} frames/s, ` : '';
  const times = `${rate}${ms(medianMs)} (p95 ${ms(p95Ms)}, predicted ${ms(predictedMs)})`;
  return `  ${where} ${name.padEnd(24)} ${times}  ${paint('dim', shortPlan(measured.plan))}`;
}

export function cellLine(cell: Cell): string {
  const finding = cellFinding(cell);
  const where = `${cell.network} at ${cell.link.uplinkMbps} Mbps, ${cell.mode}, ${cell.policy}`;
  if (finding === undefined) return where;
  const same = finding.same.length > 0 ? `; the same plan as ${finding.same.join(' and ')}` : '';
  const ratio = finding.ratio.value.toFixed(2);
  return paint('bold', `${where}: ${ratio} × the best baseline, ${finding.best.name}${same}`);
}
