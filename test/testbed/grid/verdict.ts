/** The grid in a few sentences: where Flotilla is within reach of the best baseline, and how far one plan differs from itself. */
import { quantile } from '../../bench/measure.js';
import { type CellFinding, cellFinding } from './findings.js';
import type { Cell } from './grid.js';

/** Beyond this, Flotilla counts as slower than the best baseline. */
export const MOST_RATIO = 1.05;

/** Sentences on the cells of a mode; empty where nothing was measured. */
export function verdictOn(cells: readonly Cell[]): string[] {
  const found = cells.flatMap((cell) => {
    const finding = cellFinding(cell);
    return finding === undefined ? [] : [{ cell, finding }];
  });
  if (found.length === 0) return [];
  const same = found.filter(({ finding }) => finding.isSameAsBest);
  const others = found.filter(({ finding }) => !finding.isSameAsBest);
  const beyond = others.filter(({ finding }) => finding.ratio.value > MOST_RATIO);
  const worst = others.map(({ finding }) => finding.ratio.value);
  return [
    `${found.length} cells. In ${same.length} nothing can be gained: Flotilla chose the very plan of the best baseline. ${selfText(same)}`,
    ...(others.length === 0
      ? []
      : [
          `In the other ${others.length}, Flotilla is within ${MOST_RATIO} × the best baseline in ${others.length - beyond.length}, ` +
            `median ratio ${quantile(worst, 0.5).toFixed(2)}, worst ${Math.max(...worst).toFixed(2)}.`,
        ]),
    ...beyond.map(({ cell, finding }) => beyondText(cell, finding)),
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
  const doubt = ratio.from <= 1 ? ', which resampling does not tell from 1' : '';
  return `Beyond: ${network}, ${link.uplinkMbps} Mbps, ${policy}: ${ratio.value.toFixed(2)} × ${best.name}${doubt}.`;
}
