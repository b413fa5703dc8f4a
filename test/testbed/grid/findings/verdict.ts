/** The grid in a few sentences: where Flotilla is within reach of the best baseline, and how far one plan differs from itself. */
import { quantile } from '../../../bench/measure.js';
import type { Cell } from '../measure/grid.js';
import { boundShare, type CellFinding, cellFinding } from './findings.js';

/** Beyond this, Flotilla counts as slower than the best baseline. */
export const MAX_RATIO = 1.05;

/** Sentences on the cells of a mode; empty where nothing was measured. */
export function verdictOn(cells: readonly Cell[]): string[] {
  const found = cells.flatMap((cell) => {
    const finding = cellFinding(cell);
    return finding === undefined ? [] : [{ cell, finding }];
  });
  if (found.length === 0) return [];
  const same = found.filter(({ finding }) => finding.isSameAsBest);
  const others = found.filter(({ finding }) => !finding.isSameAsBest);
  const beyond = others.filter(({ finding }) => finding.ratio.value > MAX_RATIO);
  const worst = others.map(({ finding }) => finding.ratio.value);
  return [
    `${found.length} cells. In ${same.length} nothing can be gained: Flotilla chose the very plan of the best baseline. ${selfText(same)}`,
    ...(others.length === 0
      ? []
      : [
          `In the other ${others.length}, Flotilla is within ${MAX_RATIO} × the best baseline in ${others.length - beyond.length}, ` +
            `median ratio ${quantile(worst, 0.5).toFixed(2)}, worst ${Math.max(...worst).toFixed(2)}.`,
        ]),
    ...beyond.map(({ cell, finding }) => beyondText(cell, finding)),
    ...streamTexts(found),
  ];
}

/** What streams are asked for: the gain on one frame after another, and the share of the bound. */
function streamTexts(found: readonly { cell: Cell; finding: CellFinding }[]): string[] {
  const streams = found.filter(({ cell }) => cell.mode === 'stream');
  const times = streams.flatMap(({ finding }) =>
    finding.overPartition === undefined ? [] : [1 / finding.overPartition.value],
  );
  const shares = streams.flatMap(({ cell }) => boundShare(cell) ?? []);
  if (times.length === 0 || shares.length === 0) return [];
  const spread = (values: readonly number[], text: (value: number) => string): string =>
    `${text(Math.min(...values))} to ${text(Math.max(...values))}, median ${text(quantile(values, 0.5))}`;
  return [
    `Over partition-only, one frame after another: ${spread(times, (value) => `${value.toFixed(2)} ×`)}.`,
    `Of the bound: ${spread(shares, (value) => `${(100 * value).toFixed(0)} %`)}; at least 90 % in ${shares.filter((one) => one >= 0.9).length} of ${shares.length}.`,
  ];
}

/** Two measurements of one plan: what every other ratio is to be read with. */
function selfText(same: readonly { finding: CellFinding }[]): string {
  if (same.length === 0) return '';
  const off = same.map(({ finding }) => Math.abs(finding.ratio.value - 1));
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
  return `There the two measurements of one plan differ by ${share(quantile(off, 0.5))} (median; worst ${share(Math.max(...off))}).`;
}

function beyondText({ network, link, policy }: Cell, { ratio, best }: CellFinding): string {
  const doubt = ratio.from <= 1 ? ', which resampling cannot distinguish from 1' : '';
  return `Beyond: ${network}, ${link.uplinkMbps} Mbps, ${policy}: ${ratio.value.toFixed(2)} × ${best.name}${doubt}.`;
}
