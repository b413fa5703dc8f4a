/** How the answers of a network's frames compare with the unsplit network's, exact frames apart from those that lost bits on the way. */

import { isLossy } from '../../../../src/wire/index.js';
import { quantile } from '../../../bench/measure.js';
import type { PlanView } from '../../fleet.js';
import type { Cell } from '../measure/grid.js';
import { allFrames, rowsOnce } from './findings.js';

export interface AgreementFinding {
  readonly network: string;
  readonly frames: number;
  /** Frames whose outputs have the very numbers of the unsplit network. */
  readonly identical: number;
  readonly medianRelative: number;
  readonly worstRelative: number;
  /** Share of frames with the same best class; null for a network without classes. */
  readonly top1: number | null;
}

/** One for each network that has such frames; `lossy`: of rows whose plan sends a tensor as fewer bits than it has. */
export function agreementFindings(
  cells: readonly Cell[],
  kind: 'exact' | 'lossy',
): AgreementFinding[] {
  const rows = rowsOnce(cells).filter(({ row }) => isLossyPlan(row.plan) === (kind === 'lossy'));
  const networks = [...new Set(rows.map(({ cell }) => cell.network))];
  return networks.map((network) => {
    const found = rows
      .filter(({ cell }) => cell.network === network)
      .flatMap(({ row }) => allFrames(row).flatMap(({ agreement }) => agreement ?? []));
    const errors = found.map(({ relative }) => relative);
    const classes = found.flatMap(({ isSameClass }) => isSameClass ?? []);
    return {
      network,
      frames: found.length,
      identical: errors.filter((one) => one === 0).length,
      medianRelative: quantile(errors, 0.5),
      worstRelative: Math.max(0, ...errors),
      top1: classes.length === 0 ? null : classes.filter(Boolean).length / classes.length,
    };
  });
}

/** True when a plan, or a cut of its mix, sends fewer bits than a tensor has. */
export function isLossyPlan({ uploads, mix }: PlanView): boolean {
  const all = [...uploads, ...(mix?.cuts.flatMap((cut) => cut.uploads) ?? [])];
  return all.some(({ encoding }) => isLossy(encoding));
}
